// SIGINT and SIGTERM as a promise: Asio waits for them on a thread of its own.
#pragma once

#include <csignal>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <kj/async.h>

namespace tilework::server {

class StopSignal {
 public:
  // On the event loop's thread; before other threads are started.
  StopSignal();
  ~StopSignal();
  KJ_DISALLOW_COPY(StopSignal);

  // Answers at the first signal. Called once.
  kj::Promise<void> received() { return kj::mv(received_); }

 private:
  boost::asio::io_context io_;
  boost::asio::signal_set signals_{io_, SIGINT, SIGTERM};
  kj::Promise<void> received_ = nullptr;
  std::thread thread_;
};

}  // namespace tilework::server
