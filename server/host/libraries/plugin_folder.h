// The libraries in a plugin folder, by their digest. Looks at bytes only: nothing here loads a plugin.
// Threads: one at a time.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace tilework::host {

class PluginFolder {
 public:
  // The folder need not exist.
  explicit PluginFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // A library with that digest; reads the folder again when it isn't known.
  std::optional<std::filesystem::path> find(const std::string& digest);

 private:
  void list();

  std::filesystem::path folder_;
  std::map<std::string, std::filesystem::path> by_digest_;
};

}  // namespace tilework::host
