// What the program of any host does around its own work. In the child's own process.
#pragma once

#include <functional>

#include "schema/host.capnp.h"
#include "server/host/isolation.h"

namespace tilework::host {

// For the beginning of main(): prepares what all hosts of the program have in common, and returns in each
// host with its limits, before it is isolated. Ends a process that wasn't started by a server. One thread.
HostLimits begin_host(int argc, char** argv, const std::function<void()>& prepare);

// Serves the parent until it has gone, and ends the process. `make` is called when there is an event loop.
[[noreturn]] void serve_parent(const std::function<rpc::Host::Client()>& make);

}  // namespace tilework::host
