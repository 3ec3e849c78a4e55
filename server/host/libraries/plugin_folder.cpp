#include "server/host/libraries/plugin_folder.h"

#include <system_error>

#include <fcntl.h>
#include <kj/io.h>

#include "schema/model/error.h"
#include "server/host/libraries/digest.h"

namespace tilework::host {

void PluginFolder::list() {
  by_digest_.clear();
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    if (entry.path().extension() != ".so" || !entry.is_regular_file(error)) continue;
    const kj::AutoCloseFd fd(::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() >= 0) by_digest_.emplace(digest_of(fd), entry.path());
  }
}

std::optional<std::filesystem::path> PluginFolder::find(const std::string& digest) {
  auto found = by_digest_.find(digest);
  if (found == by_digest_.end()) {
    list();
    found = by_digest_.find(digest);
  }
  if (found == by_digest_.end()) return std::nullopt;
  return found->second;
}

}  // namespace tilework::host
