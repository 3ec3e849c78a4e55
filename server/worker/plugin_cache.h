// The libraries that a worker has: it fetches what it lacks from the master that needs it, and keeps it under
// its digest, so that nothing travels twice. What lies in the worker's plugin folder, shared or filled by
// hand, needn't travel at all. On the event loop's thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <kj/async.h>

#include "schema/worker.capnp.h"
#include "server/host/libraries/plugin_folder.h"
#include "server/host/libraries/plugin_store.h"

namespace tilework::worker {

class PluginCache {
 public:
  // `folder` may be missing. Throws tilework::Error when the store can't be made.
  PluginCache(std::filesystem::path folder, std::filesystem::path store)
      : folder_(std::move(folder)), store_(std::move(store)) {}
  KJ_DISALLOW_COPY(PluginCache);

  // Answers with where the library lies; it stays as it is. Fails with tilework::Error when neither the
  // folder nor the source has it, or when the source sends other bytes.
  kj::Promise<std::string> get(std::string digest, rpc::PluginSource::Client source);

  // Makes room, if there is much that nobody has needed for a while.
  void prune(const std::set<std::string>& wanted);

 private:
  std::optional<std::string> find(const std::string& digest);
  kj::Promise<void> fetch(std::string digest, rpc::PluginSource::Client source);
  kj::Promise<void> receive(std::string digest, std::uint64_t size, rpc::BlobSource::Client file);

  host::PluginFolder folder_;
  host::PluginStore store_;
  std::map<std::string, kj::ForkedPromise<void>> fetching_;  // by digest
};

}  // namespace tilework::worker
