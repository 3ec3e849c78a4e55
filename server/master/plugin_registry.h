// The filters that a master offers: what lies in its plugin folder, scanned in a child process. On the event
// loop's thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <kj/async.h>
#include <kj/timer.h>

#include "schema/model/recipe.h"
#include "schema/wire/stage.h"
#include "server/host/host_pool.h"
#include "server/host/plugin_folder.h"

namespace tilework::master {

// A recipe with every parameter resolved, and where its libraries lie here.
struct BoundRecipe {
  std::vector<wire::BoundCall> calls;
  std::vector<std::string> paths;
};

class PluginRegistry {
 public:
  // The pool and the timer outlive this object.
  PluginRegistry(host::HostPool& pool, kj::Timer& timer, std::filesystem::path folder)
      : pool_(pool), timer_(timer), folder_(std::move(folder)) {}

  // Reads the folder, and scans what is new in it. Files that are refused are logged with the reason. Never
  // fails.
  kj::Promise<void> scan();

  const std::vector<PluginDescription>& plugins() const { return plugins_; }

  // Checks a recipe against the filters that are here now. Throws UserError.
  BoundRecipe bind(const Recipe& recipe) const;

 private:
  kj::Promise<void> scan_next(std::vector<host::PluginFolder::File> files, std::size_t index);
  kj::Promise<void> scan_one(const host::PluginFolder::File& file);
  void add(PluginDescription plugin, const std::string& path);

  host::HostPool& pool_;
  kj::Timer& timer_;
  host::PluginFolder folder_;
  std::vector<PluginDescription> plugins_;
  std::vector<std::string> paths_;  // of plugins_
};

}  // namespace tilework::master
