// A worker: computes segments for every master that it has joined. On the event loop's thread.
#pragma once

#include <string>
#include <vector>

#include <kj/async-io.h>

#include "schema/transport/endpoint.h"
#include "schema/worker.capnp.h"
#include "server/host/host_pool.h"
#include "server/host/plugin_folder.h"
#include "server/worker/stage_runner.h"

namespace tilework::worker {

struct WorkerOptions {
  std::string name;  // for people
  unsigned slots = 1;
  std::vector<transport::Endpoint> masters;
  std::string plugins;      // folder
  std::string filter_host;  // the program
  TimeLimit time_limit;
};

// What masters may ask of the worker.
class WorkerNode final : public rpc::Worker::Server {
 public:
  // The provider and the timer outlive this object and all runners that it hands out.
  WorkerNode(kj::LowLevelAsyncIoProvider& io, kj::Timer& timer, const WorkerOptions& options);

 protected:
  kj::Promise<void> open(OpenContext context) override;

 private:
  kj::Timer& timer_;
  TimeLimit limit_;
  host::PluginFolder plugins_;
  host::HostPool pool_;
};

// Joins every master in the options, and joins again whenever the connection is lost. Never answers; dropping
// the promise leaves all masters.
kj::Promise<void> run_worker(kj::AsyncIoContext& io, const WorkerOptions& options);

}  // namespace tilework::worker
