// `tilework-server local`: a master and its workers as child processes, started again when they die. Asio
// runs it; nothing here speaks RPC.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tilework::server {

struct LocalOptions {
  std::string program;  // this one
  std::string host = "127.0.0.1";
  std::uint16_t port = 7400;  // 0: any that is free
  unsigned workers = 2;
  std::vector<std::string> master_arguments;
  std::vector<std::string> worker_arguments;
  std::function<void()> hung_up;  // at each SIGHUP, which the processes get, too; null: that stops all
};

// Runs until SIGINT or SIGTERM. Returns the program's exit code. Throws tilework::Error when the address is
// taken.
int run_local(const LocalOptions& options);

}  // namespace tilework::server
