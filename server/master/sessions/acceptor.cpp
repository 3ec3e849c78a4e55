#include "server/master/sessions/acceptor.h"

#include <utility>

#include "schema/transport/errors.h"
#include "server/logging/log.h"
#include "server/master/sessions/seldom.h"

namespace tilework::master {
namespace {

// Until those who are turned away have gone, and until something else may have ended.
constexpr auto short_pause = 1 * kj::MILLISECONDS;
constexpr auto long_pause = 200 * kj::MILLISECONDS;

// What is needed to serve one who comes: his connection, and files.
constexpr int places = 4;

class Acceptor {
 public:
  Acceptor(kj::ConnectionReceiver& listener, kj::Timer& timer, Newcomers& newcomers,
           std::function<void(kj::Own<kj::AsyncIoStream>)> serve)
      : listener_(listener),
        timer_(timer),
        newcomers_(newcomers),
        serve_(std::move(serve)),
        seldom_(timer, 10 * kj::SECONDS) {}

  kj::Promise<void> next() {
    return kj::evalNow([this] { return listener_.accept(); })
        .then([this](kj::Own<kj::AsyncIoStream>&& stream) {
          serve_(kj::mv(stream));
          // By way of the timer, so that those who have come already are heard before the next one comes.
          return timer_.afterDelay(0 * kj::SECONDS);
        })
        .catch_([this](kj::Exception&& error) { return recover(error); })
        .then([this] { return next(); });
  }

 private:
  kj::Promise<void> recover(const kj::Exception& error) {
    if (const auto left_out = seldom_.due()) {
      spdlog::error("connection not accepted reason=\"{}\" others_before={}",
                    transport::from_kj(error).what(), *left_out);
    }
    bool made_room = false;
    for (int i = 0; i < places; ++i) made_room |= newcomers_.make_room("the master needs its descriptor");
    return timer_.afterDelay(made_room ? short_pause : long_pause);
  }

  kj::ConnectionReceiver& listener_;
  kj::Timer& timer_;
  Newcomers& newcomers_;
  std::function<void(kj::Own<kj::AsyncIoStream>)> serve_;
  Seldom seldom_;
};

}  // namespace

kj::Promise<void> accept_always(kj::ConnectionReceiver& listener, kj::Timer& timer, Newcomers& newcomers,
                                std::function<void(kj::Own<kj::AsyncIoStream>)> serve) {
  auto acceptor = kj::heap<Acceptor>(listener, timer, newcomers, std::move(serve));
  auto promise = acceptor->next();
  return promise.attach(kj::mv(acceptor));
}

}  // namespace tilework::master
