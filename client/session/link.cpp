#include "client/session/link.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "schema/transport/errors.h"
#include "schema/wire/client.h"

namespace tilework::client {
namespace {

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
          return ping().exclusiveJoin(silence());
        })
        .then([this](bool lives) -> kj::Promise<void> { return lives ? next() : kj::READY_NOW; });
  }

  // Answers false when the master has ended the session. A lost connection is noticed elsewhere.
  kj::Promise<bool> ping() {
    return link.session_.pingRequest().send().ignoreResult().then([] { return true; },
                                                                  [this](kj::Exception&& error) {
                                                                    if (!is_loss(error))
                                                                      link.ended_ = transport::from_kj(error);
                                                                    return is_loss(error);
                                                                  });
  }

  // Answers false when nothing has been heard for too long.
  kj::Promise<bool> silence() {
    return timer.afterDelay(std::max(1 * kj::MILLISECONDS, deadline / 10))
        .then([this]() -> kj::Promise<bool> {
          const auto now = link.line_.moved();
          if (std::exchange(moved, now) != now) heard = timer.now();
          if (timer.now() - heard < deadline) return silence();
          link.why_lost_ = "it has not answered for " + seconds_text(deadline);
          return false;
        });
  }
};

Link::Link(transport::Endpoint master, kj::Own<kj::AsyncIoStream> stream)
    : master_(std::move(master)),
      line_(*stream),
      connection_(kj::mv(stream), capnp::rpc::twoparty::Side::CLIENT, transport::nothing(),
                  transport::fixed(transport::master_budget)) {}

kj::Promise<void> Link::open(const ClientInfo& client) {
  auto request = connection_.bootstrap().castAs<rpc::Master>().openSessionRequest();
  wire::write(request.initClient(), client);
  return request.send().then([this](auto&& answer) { session_ = answer.getSession(); });
}

void Link::watch(kj::Timer& timer, std::chrono::milliseconds interval, std::chrono::milliseconds deadline) {
  auto watch = kj::heap<Watch>(
      Watch{*this, timer, interval.count() * kj::MILLISECONDS, deadline.count() * kj::MILLISECONDS});
  auto silent = watch->next();
  // Whichever way the connection ends, it has ended.
  auto closed = connection_.on_disconnect().catch_([](kj::Exception&&) {});
  lost_ = closed.exclusiveJoin(silent.attach(kj::mv(watch))).fork();
}

void Link::fail() const {
  kj::throwFatalException(ended_ ? transport::to_kj(*ended_)
                                 : KJ_EXCEPTION(DISCONNECTED, "the link was given up"));
}

Error Link::explain(const kj::Exception& exception) const {
  if (is_loss(exception)) {
    return {Fault::unreachable, "the connection to the master at " + master_.text() + " was lost (" +
                                    why_lost_ + "); nothing was stored, try again"};
  }
  return transport::from_kj(exception);
}

}  // namespace tilework::client
