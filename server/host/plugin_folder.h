// The libraries in a plugin folder, by their digest. Looks at bytes only: nothing here loads a plugin.
// Threads: one at a time.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace tilework::host {

class PluginFolder {
 public:
  // The folder need not exist yet.
  explicit PluginFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  struct File {
    std::filesystem::path path;
    std::string digest;
  };

  // Reads the folder again: every *.so, in the order of names. Files that can't be read are left out and
  // logged.
  std::vector<File> list();

  // The library with that digest; reads the folder again when it isn't known. Throws tilework::Error when
  // there is none.
  std::filesystem::path find(const std::string& digest);

  const std::filesystem::path& path() const { return folder_; }

 private:
  std::filesystem::path folder_;
  std::map<std::string, std::filesystem::path> by_digest_;
};

}  // namespace tilework::host
