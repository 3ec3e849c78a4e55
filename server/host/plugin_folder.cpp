#include "server/host/plugin_folder.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <kj/io.h>
#include <spdlog/spdlog.h>

#include "schema/model/error.h"
#include "server/host/digest.h"

namespace tilework::host {

std::vector<PluginFolder::File> PluginFolder::list() {
  std::vector<File> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    if (entry.path().extension() != ".so") continue;
    const kj::AutoCloseFd fd(::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0) {
      spdlog::warn("plugin not readable file={} reason=\"{}\"", entry.path().string(), std::strerror(errno));
      continue;
    }
    files.push_back({entry.path(), digest_of(fd)});
  }
  if (error)
    spdlog::warn("plugin folder not readable folder={} reason=\"{}\"", folder_.string(), error.message());
  std::ranges::sort(files, {}, &File::path);
  by_digest_.clear();
  for (const auto& file : files) by_digest_.emplace(file.digest, file.path);
  return files;
}

std::filesystem::path PluginFolder::find(const std::string& digest) {
  auto found = by_digest_.find(digest);
  if (found == by_digest_.end()) {
    list();
    found = by_digest_.find(digest);
  }
  if (found == by_digest_.end()) {
    throw Error(Fault::failed,
                "there is no plugin with digest " + digest.substr(0, 12) + " in " + folder_.string());
  }
  return found->second;
}

}  // namespace tilework::host
