// The filter host's own side of host.capnp: loads plugins and runs them on what its parent shares. One
// thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "schema/host.capnp.h"
#include "schema/wire/stage.h"
#include "server/engine/executor.h"
#include "server/host/guarded_memory.h"
#include "server/host/plugin_library.h"
#include "server/host/slab_sharing.h"

namespace tilework::host {

class FilterHost final : public rpc::FilterHost::Server {
 public:
  // `isolation` is what isolate() returned.
  explicit FilterHost(std::string isolation) : isolation_(std::move(isolation)) {}

 protected:
  kj::Promise<void> isolation(IsolationContext context) override;
  kj::Promise<void> slabs(SlabsContext context) override;
  kj::Promise<void> scan(ScanContext context) override;
  kj::Promise<void> describe(DescribeContext context) override;
  kj::Promise<void> open(OpenContext context) override;

 private:
  const TileworkFilter& table(const wire::BoundCall& call, const std::string& path);
  engine::Chain bind(const std::vector<wire::BoundCall>& calls, capnp::List<capnp::Text>::Reader paths);
  const PluginLibrary& library(const std::string& path, const std::string& digest);

  std::string isolation_;
  GuardedMemory memory_;
  std::shared_ptr<ReceivedSlabs> slabs_ = std::make_shared<ReceivedSlabs>();
  std::map<std::string, PluginLibrary> libraries_;  // by digest
};

}  // namespace tilework::host
