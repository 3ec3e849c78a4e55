// A connection to a master with the administrator's capability. On the RPC thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <kj/async-io.h>

#include "schema/admin.capnp.h"
#include "schema/model/error.h"
#include "schema/transport/connection.h"
#include "schema/transport/endpoint.h"

namespace tilework::client {

struct AdminLink {
  transport::Endpoint master;
  kj::Own<transport::Connection> connection;
  rpc::Admin::Client admin = nullptr;  // goes before its connection

  // What a failed call means to the administrator. What the master refuses is Fault::failed.
  Error explain(const kj::Exception& exception) const;
};

// The first of the masters that answers. Fails in KJ's clothes: with Fault::unreachable and the reason of
// each, or with Fault::denied when the one that answers refuses the token.
kj::Promise<std::shared_ptr<AdminLink>> connect_admin(kj::AsyncIoProvider& io,
                                                      std::vector<transport::Endpoint> masters,
                                                      std::string token, std::chrono::milliseconds timeout);

}  // namespace tilework::client
