// Finds a master that answers. On the RPC thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <kj/async-io.h>

#include "client/session/link.h"
#include "schema/transport/endpoint.h"

namespace tilework::client {

// What the caller does with a master that accepted the connection; it answers when the master can be used.
using Greet = std::function<kj::Promise<void>(const transport::Endpoint&, kj::Own<kj::AsyncIoStream>)>;

// What to try when no master answers, for the end of the sentence; may be empty.
struct ConnectAdvice {
  std::string one;      // where a single master was named
  std::string several;  // where several were
};

// Tries the masters in turn, until one is greeted: once each, and those that hang up again after a short
// pause, twice. Fails in KJ's clothes: with Fault::unreachable and the reason of each, or at once with the
// Fault::denied of the master that answers.
kj::Promise<void> greet_first(kj::AsyncIoProvider& io, std::vector<transport::Endpoint> masters,
                              std::chrono::milliseconds timeout, Greet greet, ConnectAdvice advice);

// A session at the first that answers. The link isn't watched yet.
kj::Promise<std::shared_ptr<Link>> connect(kj::AsyncIoProvider& io, std::vector<transport::Endpoint> masters,
                                           ClientInfo client, std::chrono::milliseconds timeout);

}  // namespace tilework::client
