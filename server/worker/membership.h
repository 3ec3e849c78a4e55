// Keeps a worker joined to one master: connects, joins, sends heartbeats, and begins again when the
// connection is lost. On the event loop's thread.
#pragma once

#include <kj/async-io.h>

#include "schema/transport/endpoint.h"
#include "schema/worker.capnp.h"

namespace tilework::worker {

struct WorkerOptions;

// Never answers and never fails; dropping it leaves the master. The provider and the options outlive it.
kj::Promise<void> stay_joined(kj::AsyncIoProvider& io, const transport::Endpoint& master,
                              const WorkerOptions& options, rpc::Worker::Client node);

}  // namespace tilework::worker
