// A worker that has joined, and does with the segments that it is given what it likes. One thread.
#pragma once

#include <functional>
#include <string>

#include "tests/support/rpc_peer.h"

namespace tilework::test {

using RunContext = capnp::CallContext<rpc::StageRunner::RunParams, rpc::StageRunner::RunResults>;

// What it answers to segments. Throws, or returns a promise that may be one for ever.
using Answer = std::function<kj::Promise<void>(RunContext)>;

class RogueWorker {
 public:
  // Joins over the network, with the master's secret. Throws kj::Exception when it may not.
  RogueWorker(const std::string& master, const std::string& secret, Answer answer);

  // Serves, and says each half second that it lives unless it is to keep silent, until `ended` says so.
  void serve_until(const std::function<bool()>& ended, bool is_silent = false);
  // How often it was asked for segments.
  int asked() const { return asked_; }
  // Asks the master for a library.
  std::string refused_library(const std::string& digest);

 private:
  class Node;
  class Runner;

  RpcPeer peer_;
  Answer answer_;
  int asked_ = 0;
  rpc::Membership::Client membership_ = nullptr;
  kj::Maybe<rpc::PluginSource::Client> plugins_;
};

}  // namespace tilework::test
