// Keeps a worker joined to one master: connects, joins, sends heartbeats, and begins again when the
// connection is lost. On the event loop's thread.
#pragma once

#include <functional>
#include <memory>

#include <kj/async-io.h>

#include "schema/transport/endpoint.h"
#include "schema/transport/work_threads.h"
#include "schema/worker.capnp.h"
#include "server/worker/master_link.h"

namespace tilework::worker {

class Departure;
struct WorkerOptions;

// What one master may ask of the worker, over a connection with this link.
using Serve = std::function<rpc::Worker::Client(std::shared_ptr<MasterLink>)>;

// Never answers and never fails; dropping it leaves the master. A master of the same machine and user is
// spoken with over its local socket, and shares memory; any other over the network. The provider, the
// options, the threads, which pack pixels for masters elsewhere, and `departure`, which hears of the
// membership, outlive it.
kj::Promise<void> stay_joined(kj::AsyncIoProvider& io, const transport::Endpoint& master,
                              const WorkerOptions& options, transport::WorkThreads& threads,
                              Departure& departure, Serve serve);

}  // namespace tilework::worker
