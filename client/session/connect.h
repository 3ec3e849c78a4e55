// Finds a master that answers. On the RPC thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <kj/async-io.h>

#include "client/session/link.h"
#include "schema/transport/endpoint.h"

namespace tilework::client {

// Tries the masters in turn, once each. The link isn't watched yet. Fails with Fault::unreachable, in KJ's
// clothes, and the reason of each.
kj::Promise<std::shared_ptr<Link>> connect(kj::AsyncIoProvider& io, std::vector<transport::Endpoint> masters,
                                           std::string client_name, std::chrono::milliseconds timeout);

}  // namespace tilework::client
