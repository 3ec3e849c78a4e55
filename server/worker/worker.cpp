#include "server/worker/worker.h"

#include <utility>

#include "schema/transport/errors.h"
#include "schema/wire/stage.h"
#include "server/worker/membership.h"

namespace tilework::worker {

WorkerNode::WorkerNode(kj::LowLevelAsyncIoProvider& io, kj::Timer& timer, const WorkerOptions& options)
    : timer_(timer),
      limit_(options.time_limit),
      plugins_(options.plugins),
      pool_(io, options.filter_host, options.slots) {
  pool_.warm_up();
}

kj::Promise<void> WorkerNode::open(OpenContext context) {
  return transport::method([&]() -> kj::Promise<void> {
    auto stage = wire::read(context.getParams().getStage());
    std::vector<std::string> paths;
    for (const auto& call : stage.calls) paths.push_back(plugins_.find(call.digest).string());
    context.releaseParams();
    context.getResults().setRunner(
        kj::heap<StageRunner>(pool_, timer_, limit_, std::move(stage), std::move(paths)));
    return kj::READY_NOW;
  });
}

kj::Promise<void> run_worker(kj::AsyncIoContext& io, const WorkerOptions& options) {
  rpc::Worker::Client node = kj::heap<WorkerNode>(*io.lowLevelProvider, io.provider->getTimer(), options);
  kj::Vector<kj::Promise<void>> memberships;
  for (const auto& master : options.masters)
    memberships.add(stay_joined(*io.provider, master, options, node));
  return kj::joinPromises(memberships.releaseAsArray());
}

}  // namespace tilework::worker
