#include "client/session/link.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <linux/tcp.h>
#include <netinet/in.h>

#include "schema/transport/errors.h"

namespace tilework::client {
namespace {

// What the other side's system has acknowledged and sent so far.
std::uint64_t bytes_moved(kj::AsyncIoStream& stream) {
  tcp_info info{};
  kj::uint size = sizeof info;
  stream.getsockopt(IPPROTO_TCP, TCP_INFO, &info, &size);
  return info.tcpi_bytes_acked + info.tcpi_bytes_received;
}

std::string seconds_text(kj::Duration time) {
  char text[32];
  std::snprintf(text, sizeof text, "%g s", static_cast<double>(time / kj::MILLISECONDS) / 1000);
  return text;
}

}  // namespace

bool is_loss(const kj::Exception& exception) {
  return exception.getType() == kj::Exception::Type::DISCONNECTED;
}

// A ping at a time, so that a frozen master, whose system acknowledges each for it, isn't taken for a live
// one. Bytes that move count as a sign of life: on a slow line a ping waits behind the file that is uploaded.
struct Link::Watch {
  Link& link;
  kj::Timer& timer;
  kj::Duration interval;
  kj::Duration deadline;
  kj::TimePoint heard = timer.now();
  std::uint64_t moved = 0;

  kj::Promise<void> next() {
    return timer.afterDelay(interval)
        .then([this] {
          heard = timer.now();
          // Any answer will do. A lost connection is noticed elsewhere.
          auto answer = link.session_.pingRequest().send().ignoreResult().catch_([](kj::Exception&&) {});
          return answer.then([] { return true; }).exclusiveJoin(silence());
        })
        .then([this](bool lives) -> kj::Promise<void> { return lives ? next() : kj::READY_NOW; });
  }

  // Answers false when nothing has been heard for too long.
  kj::Promise<bool> silence() {
    return timer.afterDelay(std::max(1 * kj::MILLISECONDS, deadline / 10))
        .then([this]() -> kj::Promise<bool> {
          const auto now = bytes_moved(link.stream_);
          if (std::exchange(moved, now) != now) heard = timer.now();
          return timer.now() - heard < deadline ? silence() : false;
        });
  }
};

Link::Link(transport::Endpoint master, kj::Own<kj::AsyncIoStream> stream)
    : master_(std::move(master)),
      stream_(*stream),
      connection_(kj::mv(stream), capnp::rpc::twoparty::Side::CLIENT, transport::nothing()) {}

kj::Promise<void> Link::open(const std::string& client_name) {
  auto request = connection_.bootstrap().castAs<rpc::Master>().openSessionRequest();
  request.initClient().setName(client_name);
  return request.send().then([this](auto&& answer) { session_ = answer.getSession(); });
}

void Link::watch(kj::Timer& timer, std::chrono::milliseconds interval, std::chrono::milliseconds deadline) {
  auto watch = kj::heap<Watch>(
      Watch{*this, timer, interval.count() * kj::MILLISECONDS, deadline.count() * kj::MILLISECONDS});
  auto silent = watch->next().then([this, deadline = watch->deadline] {
    why_lost_ = "it has not answered for " + seconds_text(deadline);
  });
  // Whichever way the connection ends, it has ended.
  auto closed = connection_.on_disconnect().catch_([](kj::Exception&&) {});
  lost_ = closed.exclusiveJoin(silent.attach(kj::mv(watch))).fork();
}

Error Link::explain(const kj::Exception& exception) const {
  if (is_loss(exception)) {
    return {Fault::unreachable, "the connection to the master at " + master_.text() + " was lost (" +
                                    why_lost_ + "); nothing was stored, try again"};
  }
  return transport::from_kj(exception);
}

}  // namespace tilework::client
