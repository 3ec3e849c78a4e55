// Reaches a master by its name. On the event loop's thread.
#pragma once

#include <kj/async-io.h>
#include <kj/timer.h>

#include "schema/transport/endpoint.h"

namespace tilework::transport {

// Connects to the first of the host's addresses that answers. One that doesn't, as behind a firewall that
// drops what comes, holds up those after it for `patience` at most. The last has the caller's time, and the
// failure is its.
kj::Promise<kj::Own<kj::AsyncIoStream>> connect(kj::Network& network, kj::Timer& timer,
                                                const Endpoint& endpoint, kj::Duration patience);

}  // namespace tilework::transport
