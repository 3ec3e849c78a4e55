// SIGINT and SIGTERM as a promise, and SIGHUP as a call: Asio waits for them on a thread of its own.
#pragma once

#include <csignal>
#include <functional>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <kj/async.h>

namespace tilework::server {

class StopSignal {
 public:
  // On the event loop's thread; before other threads are started. `hung_up` is called at each SIGHUP, on the
  // thread of the signals; where it is null, that stops as the others do.
  explicit StopSignal(std::function<void()> hung_up = {});
  ~StopSignal();
  KJ_DISALLOW_COPY(StopSignal);

  // Answers the first signal's number. Called once.
  kj::Promise<int> received() { return kj::mv(received_); }

 private:
  void wait();

  boost::asio::io_context io_;
  boost::asio::signal_set signals_{io_, SIGINT, SIGTERM, SIGHUP};
  std::function<void()> hung_up_;
  kj::Promise<int> received_ = nullptr;
  kj::Own<kj::CrossThreadPromiseFulfiller<int>> fulfiller_;
  std::thread thread_;
};

}  // namespace tilework::server
