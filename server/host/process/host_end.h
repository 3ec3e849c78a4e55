// How a host ended, in words for whoever used its filters. Any thread.
#pragma once

#include <string>

#include <sys/types.h>

#include "server/host/cgroups/host_cgroup.h"
#include "server/host/isolation.h"

namespace tilework::host {

// Whether the other end of a host's socket is closed. Who has done that is mostly about to end by itself.
// Doesn't block.
bool has_hung_up(int socket);

// Waits until a child that nobody else waits for has gone, and says how it ended: "it crashed (Segmentation
// fault)". One that wasn't killed by its parent has hung up: it has a moment to end by itself, and is killed
// then.
std::string end_of_host(pid_t pid, bool was_killed, const HostLimits& limits, const HostCgroup* cgroup);

}  // namespace tilework::host
