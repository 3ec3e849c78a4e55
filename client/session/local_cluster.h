// A private cluster for those who have none: a tilework-server of our own, which ends with us.
#pragma once

#include <chrono>
#include <filesystem>
#include <future>
#include <stop_token>
#include <thread>

#include <sys/types.h>

#include "schema/transport/endpoint.h"

namespace tilework::client {

struct LocalClusterOptions {
  bool show_log = false;  // on standard error; otherwise it goes to a file that ends with the cluster
  std::chrono::seconds start_timeout{60};
  std::filesystem::path server;  // empty: `tilework-server` beside the own program, or in $PATH
};

class LocalCluster {
 public:
  // Starts the server, and returns when it can be used. Throws tilework::Error with what the server said, or
  // with Fault::cancelled when a stop is requested meanwhile.
  explicit LocalCluster(const LocalClusterOptions& options = {}, const std::stop_token& stop = {});
  // Ends the server, and waits for it. It can't outlive this process either, however that ends.
  ~LocalCluster();
  LocalCluster(const LocalCluster&) = delete;
  LocalCluster& operator=(const LocalCluster&) = delete;

  const transport::Endpoint& endpoint() const { return endpoint_; }

 private:
  void start(const LocalClusterOptions& options);
  void wait_until_ready(const LocalClusterOptions& options, const std::stop_token& stop);
  std::string last_words() const;
  void end();

  std::filesystem::path folder_;  // the ready file, the log and the state
  transport::Endpoint endpoint_;
  pid_t pid_ = -1;
  std::future<void> ended_;
  // Starts the server and waits for its end. The kernel ends the server when the thread that started it ends,
  // so that thread lives as long.
  std::thread keeper_;
};

}  // namespace tilework::client
