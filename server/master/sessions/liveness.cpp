#include "server/master/sessions/liveness.h"

#include <algorithm>
#include <utility>

namespace tilework::master {
namespace {

constexpr auto longest_look = 1 * kj::SECONDS;
constexpr unsigned looks_of_deadline = 8;

// In a second. What moves more slowly is no line but somebody who makes a message last.
constexpr std::uint64_t bytes_of_slowest_line = 2 << 10;

kj::Duration duration(std::chrono::milliseconds time) {
  return time.count() * kj::MILLISECONDS;
}

}  // namespace

Liveness::Liveness(kj::Timer& timer, transport::Line line, std::chrono::milliseconds deadline,
                   kj::Function<void()> given_up)
    : timer_(timer),
      line_(kj::mv(line)),
      deadline_(deadline),
      least_(bytes_of_slowest_line * static_cast<std::uint64_t>(deadline.count()) / 1000),
      given_up_(kj::mv(given_up)),
      heard_(timer.now()),
      moved_(line_.moved()),
      task_(watch().eagerlyEvaluate(nullptr)) {}

std::chrono::milliseconds Liveness::silence() {
  look();
  return std::chrono::milliseconds((timer_.now() - heard_) / kj::MILLISECONDS);
}

void Liveness::look() {
  const auto now = line_.moved();
  if (now - moved_ <= least_) return;
  moved_ = now;
  heard();
}

kj::Promise<void> Liveness::watch() {
  return timer_.afterDelay(std::min(longest_look, duration(deadline_) / looks_of_deadline))
      .then([this]() -> kj::Promise<void> {
        if (silence() < deadline_) return watch();
        given_up_();
        return kj::READY_NOW;
      });
}

// Nothing is watched any more.
void Liveness::cut_after(std::chrono::milliseconds time) {
  task_ = timer_.afterDelay(duration(time)).then([this] { cut(); }).eagerlyEvaluate(nullptr);
}

}  // namespace tilework::master
