// Which versions each plugin file had, in a file that outlives the master: what a rollback goes back to. On
// the event loop's thread; the file is small.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tilework::master {

class PluginHistory {
 public:
  // Reads the file, if there is one; lines that make no sense are left out.
  explicit PluginHistory(std::filesystem::path file);

  // A file of the plugin folder has this version now. Going back to the version before the last one takes the
  // last one away; anything else is added. Failures to write are logged.
  void adopted(const std::string& plugin, const std::string& digest);

  // What a rollback brings: the version before the last, or the last if the plugin isn't in use.
  std::optional<std::string> earlier(const std::string& plugin, bool in_use) const;

  // The digests in all histories of a folder: what has to be kept for them.
  static std::set<std::string> all_in(const std::filesystem::path& folder);
  // The history's file for a plugin folder, in a folder of histories.
  static std::filesystem::path file_for(const std::filesystem::path& plugins,
                                        const std::filesystem::path& folder);

 private:
  void write() const;

  std::filesystem::path file_;
  std::map<std::string, std::vector<std::string>> versions_;  // by file name; the last is the newest
};

}  // namespace tilework::master
