#include "server/stop_signal.h"

#include <utility>

namespace tilework::server {

StopSignal::StopSignal(std::function<void()> hung_up) : hung_up_(std::move(hung_up)) {
  auto pair = kj::newPromiseAndCrossThreadFulfiller<int>();
  received_ = kj::mv(pair.promise);
  fulfiller_ = kj::mv(pair.fulfiller);
  wait();
  thread_ = std::thread([this] { io_.run(); });
}

StopSignal::~StopSignal() {
  io_.stop();
  thread_.join();
}

void StopSignal::wait() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) return;
    if (signal == SIGHUP && hung_up_) {
      hung_up_();
      wait();
    } else {
      fulfiller_->fulfill(kj::mv(signal));
    }
  });
}

}  // namespace tilework::server
