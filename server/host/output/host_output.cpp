#include "server/host/output/host_output.h"

#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "schema/model/clean_text.h"
#include "server/host/output/said_lines.h"
#include "server/host/process/spawn.h"
#include "server/logging/log.h"

namespace tilework::host {
namespace {

// After each read: the event loop has better to do than to follow whoever floods it. So 3 MiB a second go
// through, and a host that waits for its pipe goes on soon.
constexpr auto pause = 5 * kj::MILLISECONDS;
constexpr std::size_t at_a_time = 16 << 10;

}  // namespace

struct HostOutput::Pipe {
  explicit Pipe(std::shared_ptr<SaidBudget> all) : together(std::move(all)) {}

  std::shared_ptr<SaidBudget> together;
  kj::AutoCloseFd end;
  pid_t host = -1;
  std::string filters;
  kj::Array<char> room = kj::heapArray<char>(at_a_time);
  SaidLines lines{[this](const std::string& line) {
                    spdlog::info("host says pid={} filters={} text={}", host, log_value(filters),
                                 in_quotes(line));
                  },
                  *together};
  bool has_warned = false;

  void add(std::size_t bytes) {
    const auto now = SaidLines::Clock::now();
    lines.add({room.begin(), bytes}, now);
    if (!std::exchange(has_warned, lines.dropped() > 0)) warn_of_dropped(now);
    tell_of_left_out(now);
  }

  // The warning is a line as others: a thousand hosts would make a thousand.
  void warn_of_dropped(SaidLines::Clock::time_point now) const {
    if (lines.dropped() == 0 || !together->take(0, now)) return;
    spdlog::warn("host says more than is logged pid={} filters={} dropped_bytes={}", host, log_value(filters),
                 lines.dropped());
  }

  void tell_of_left_out(SaidLines::Clock::time_point now) const {
    if (const auto count = together->untold(now)) {
      spdlog::warn("hosts together say more than is logged lines_left_out={}", *count);
    }
  }

  // The host has gone, so there is no more than a pipe holds.
  void finish() {
    ssize_t bytes = 0;
    while ((bytes = ::read(end, room.begin(), room.size())) > 0 || (bytes < 0 && errno == EINTR)) {
      if (bytes > 0) add(static_cast<std::size_t>(bytes));
    }
    const auto now = SaidLines::Clock::now();
    lines.end(now);
    warn_of_dropped(now);
    tell_of_left_out(now);
  }
};

HostOutput::HostOutput(kj::LowLevelAsyncIoProvider& io, std::shared_ptr<SaidBudget> together)
    : timer_(io.getTimer()), pipe_(std::make_shared<Pipe>(std::move(together))) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0 || ::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
    fail_to_start("connected", errno);
  }
  pipe_->end = kj::AutoCloseFd(ends[0]);
  its_end_ = kj::AutoCloseFd(ends[1]);
  stream_ = io.wrapInputFd(
      ends[0], kj::LowLevelAsyncIoProvider::ALREADY_CLOEXEC | kj::LowLevelAsyncIoProvider::ALREADY_NONBLOCK);
}

void HostOutput::read_from(pid_t host) {
  its_end_ = nullptr;
  pipe_->host = host;
  reading_ = read().eagerlyEvaluate([](kj::Exception&&) {});
}

kj::Promise<void> HostOutput::read() {
  return stream_->tryRead(pipe_->room.begin(), 1, pipe_->room.size())
      .then([this](std::size_t bytes) -> kj::Promise<void> {
        if (bytes == 0) return kj::READY_NOW;
        pipe_->add(bytes);
        return timer_.afterDelay(pause).then([this] { return read(); });
      });
}

void HostOutput::name_filters(std::string names) {
  pipe_->filters = std::move(names);
}

std::function<void()> HostOutput::stop() {
  reading_ = nullptr;
  stream_ = nullptr;
  return [pipe = std::move(pipe_)] { pipe->finish(); };
}

}  // namespace tilework::host
