// Finds a master that answers. On the RPC thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <kj/async-io.h>

#include "schema/master.capnp.h"
#include "schema/model/error.h"
#include "schema/transport/connection.h"
#include "schema/transport/endpoint.h"

namespace tilework::client {

// A connection with a session opened on it.
struct Link {
  transport::Endpoint master;
  kj::Own<transport::Connection> connection;
  rpc::ClientSession::Client session = nullptr;  // goes before its connection

  // What a failed call means to the user.
  Error explain(const kj::Exception& exception) const;
};

// Tries the masters in turn. Fails with Fault::unreachable, in KJ's clothes, and the reason of each.
kj::Promise<std::shared_ptr<Link>> connect(kj::AsyncIoProvider& io, std::vector<transport::Endpoint> masters,
                                           std::string client_name, std::chrono::milliseconds timeout);

}  // namespace tilework::client
