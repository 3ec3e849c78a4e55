#include "server/stop_signal.h"

#include <memory>
#include <utility>

namespace tilework::server {

StopSignal::StopSignal() {
  auto pair = kj::newPromiseAndCrossThreadFulfiller<void>();
  received_ = kj::mv(pair.promise);
  signals_.async_wait(
      [fulfiller = kj::mv(pair.fulfiller)](const boost::system::error_code& error, int) mutable {
        if (!error) fulfiller->fulfill();
      });
  thread_ = std::thread([this] { io_.run(); });
}

StopSignal::~StopSignal() {
  io_.stop();
  thread_.join();
}

}  // namespace tilework::server
