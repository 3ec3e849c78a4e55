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
#include "server/host/libraries/plugin_library.h"
#include "server/host/memory/file_sharing.h"
#include "server/host/memory/guarded_memory.h"
#include "server/host/memory/slab_sharing.h"

namespace tilework::host {

class FilterHost final : public rpc::FilterHost::Server {
 public:
  // `isolation` is what isolate() returned.
  explicit FilterHost(std::string isolation) : isolation_(std::move(isolation)) {}

 protected:
  kj::Promise<void> isolation(IsolationContext context) override;
  kj::Promise<void> slabs(SlabsContext context) override;
  kj::Promise<void> provide(ProvideContext context) override;
  kj::Promise<void> scan(ScanContext context) override;
  kj::Promise<void> describe(DescribeContext context) override;
  kj::Promise<void> open(OpenContext context) override;

 private:
  const TileworkFilter& table(const wire::BoundCall& call);
  engine::Chain bind(const std::vector<wire::BoundCall>& calls);
  const PluginLibrary& library(const std::string& digest);

  std::string isolation_;
  GuardedMemory memory_{std::size_t{4} << 20};  // for a tile's worth before the first
  std::shared_ptr<ReceivedSlabs> slabs_ = std::make_shared<ReceivedSlabs>();
  std::shared_ptr<ReceivedFiles> files_ = std::make_shared<ReceivedFiles>();
  std::map<std::string, PluginLibrary> libraries_;  // by digest
};

}  // namespace tilework::host
