// Ctrl-C and its kin, as a request to stop. A second one ends the program at once.
#pragma once

#include <stop_token>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

namespace tilework::cli {

class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // Callbacks of the token run on a thread of this object's.
  std::stop_token token() const { return source_.get_token(); }

 private:
  void wait();

  std::stop_source source_;
  boost::asio::io_context io_;
  boost::asio::signal_set signals_;
  std::thread thread_;
};

}  // namespace tilework::cli
