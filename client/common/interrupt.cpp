#include "client/common/interrupt.h"

#include <csignal>

#include <unistd.h>

#include "client/common/exit_code.h"

namespace tilework::cli {

Interrupt::Interrupt() : signals_(io_, SIGINT, SIGTERM, SIGHUP) {
  wait();
  thread_ = std::thread([this] { io_.run(); });
}

Interrupt::~Interrupt() {
  io_.stop();
  thread_.join();
}

void Interrupt::wait() {
  signals_.async_wait([this](const boost::system::error_code& error, int) {
    if (error) return;
    if (source_.stop_requested()) ::_exit(interrupted);
    wait();
    source_.request_stop();
  });
}

}  // namespace tilework::cli
