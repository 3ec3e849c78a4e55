// A master: accepts clients and workers on a listening socket. On the event loop's thread.
#pragma once

#include <functional>

#include <kj/async-io.h>

#include "server/log_ring.h"
#include "server/master/options.h"

namespace tilework::master {

// Serves connections of `listener` for ever; dropping the promise ends all jobs. `workers_changed` is called
// with their number whenever a look finds it different. The log is what administrators read, and outlives the
// promise. Throws UserError when the administrator's token can't be read or made.
kj::Promise<void> run_master(kj::AsyncIoContext& io, kj::Own<kj::ConnectionReceiver> listener,
                             const MasterOptions& options, server::LogRing& log,
                             std::function<void(std::size_t)> workers_changed);

}  // namespace tilework::master
