// A whole master in this process, with filters, whose connections are in memory and whose time passes when it
// is told to. One for all inputs: what one of them leaves behind is a finding. One thread.
#pragma once

#include <memory>
#include <string>

#include <kj/time.h>

#include "tests/fuzz/fed_stream.h"

namespace tilework::fuzz {

class FedMaster {
 public:
  // Made at the first call; stays until the process ends.
  static FedMaster& get();

  // One more connection: over the network, or over the local socket.
  std::shared_ptr<Feed> connect(bool is_local);
  // Until nothing happens by itself.
  void work();
  void pass(kj::Duration time);
  // Hangs up, and ends the program unless all is as it was before: connections, sessions, workers and jobs.
  void part_from(Feed& feed);

  // What strangers don't know.
  const std::string& token() const { return token_; }
  const std::string& join_secret() const { return join_secret_; }

 private:
  struct Parts;
  FedMaster();
  void start();
  bool is_empty();

  std::unique_ptr<Parts> parts_;
  std::string token_;
  std::string join_secret_;
};

}  // namespace tilework::fuzz
