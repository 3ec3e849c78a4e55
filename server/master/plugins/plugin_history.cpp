#include "server/master/plugins/plugin_history.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <system_error>

#include "server/host/libraries/plugin_store.h"
#include "server/logging/log.h"

namespace tilework::master {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_versions = 20;  // of a file
constexpr const char* extension = ".history";

using Versions = std::map<std::string, std::vector<std::string>>;

// A line is a digest, a space and a file's name.
Versions read(const fs::path& path) {
  Versions versions;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const auto space = line.find(' ');
    if (space == std::string::npos || !host::is_digest(line.substr(0, space))) continue;
    versions[line.substr(space + 1)].push_back(line.substr(0, space));
  }
  return versions;
}

}  // namespace

PluginHistory::PluginHistory(fs::path file) : file_(std::move(file)), versions_(read(file_)) {}

void PluginHistory::adopted(const std::string& plugin, const std::string& digest) {
  if (plugin.find('\n') != std::string::npos) return;  // nobody can name it
  auto& versions = versions_[plugin];
  const auto count = versions.size();
  if (count > 0 && versions.back() == digest) return;
  if (count > 1 && versions[count - 2] == digest) {
    versions.pop_back();
  } else {
    versions.push_back(digest);
    if (versions.size() > most_versions) versions.erase(versions.begin());
  }
  write();
}

std::optional<std::string> PluginHistory::earlier(const std::string& plugin, bool in_use) const {
  const auto found = versions_.find(plugin);
  const std::size_t back = in_use ? 2 : 1;
  if (found == versions_.end() || found->second.size() < back) return std::nullopt;
  return found->second[found->second.size() - back];
}

void PluginHistory::write() const {
  const fs::path partial = file_.string() + ".partial";
  {
    std::ofstream file(partial);
    for (const auto& [plugin, versions] : versions_) {
      for (const auto& digest : versions) file << digest << ' ' << plugin << '\n';
    }
  }
  std::error_code error;
  fs::rename(partial, file_, error);
  if (error) {
    spdlog::warn("versions of plugins not stored file={} reason=\"{}\"", file_.string(), error.message());
  }
}

std::set<std::string> PluginHistory::all_in(const fs::path& folder) {
  std::set<std::string> digests;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() != extension) continue;
    for (const auto& [plugin, versions] : read(entry.path()))
      digests.insert(versions.begin(), versions.end());
  }
  return digests;
}

// The name is the plugin folder's path, with what can't stand in a name written as %xx.
fs::path PluginHistory::file_for(const fs::path& plugins, const fs::path& folder) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(fs::absolute(plugins), error);
  std::string name;
  for (const char c : (error ? plugins : whole).string()) {
    if (c == '/' || c == '%') {
      char code[4];
      std::snprintf(code, sizeof code, "%%%02x", static_cast<unsigned>(c));
      name += code;
    } else {
      name += c;
    }
  }
  if (name.size() > 200) name = name.substr(name.size() - 200);
  return folder / (name + extension);
}

}  // namespace tilework::master
