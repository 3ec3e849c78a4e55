#include "server/host/libraries/plugin_library.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include <dlfcn.h>
#include <fcntl.h>
#include <opencv2/core/version.hpp>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/model/error.h"
#include "server/engine/bound_filter.h"
#include "server/engine/description.h"
#include "server/host/libraries/copy.h"
#include "server/host/libraries/digest.h"

namespace tilework::host {
namespace {

constexpr const char* our_opencv = CVAUX_STR(CV_VERSION_MAJOR) "." CVAUX_STR(CV_VERSION_MINOR);

[[noreturn]] void refuse(const std::string& why) {
  throw UserError(why);
}

kj::AutoCloseFd opened(const std::string& path) {
  kj::AutoCloseFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) refuse(std::string("it can't be opened: ") + std::strerror(errno));
  return file;
}

kj::AutoCloseFd copy_in_memory(int from) {
  kj::AutoCloseFd to(::memfd_create("tilework-plugin", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (to.get() < 0) refuse(std::string("there is no memory for it: ") + std::strerror(errno));
  if (const int error = copy_bytes(from, to, UINT64_MAX); error != 0) {
    refuse(std::string("it can't be read: ") + std::strerror(error));
  }
  ::fcntl(to, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
  return to;
}

boost::dll::shared_library load(int fd) {
  boost::dll::shared_library library;
  boost::dll::fs::error_code error;
  library.load("/proc/self/fd/" + std::to_string(fd), error,
               boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
  if (error) {
    // Boost's code says little; the loader's own words name what is missing, after the name of our copy.
    const char* words = ::dlerror();
    std::string reason = words != nullptr ? words : error.message();
    const std::string copy = "/proc/self/fd/" + std::to_string(fd) + ": ";
    if (reason.starts_with(copy)) reason.erase(0, copy.size());
    refuse("it can't be loaded: " + reason);
  }
  return library;
}

}  // namespace

PluginLibrary::PluginLibrary(const std::string& path, const std::string& digest)
    : PluginLibrary(opened(path), digest) {}

PluginLibrary::PluginLibrary(kj::AutoCloseFd file, const std::string& digest) : copy_(copy_in_memory(file)) {
  if (!digest.empty() && digest_of(copy_) != digest) refuse("its bytes have changed since it was asked for");
  library_ = load(copy_);
  if (!library_.has(TILEWORK_PLUGIN_SYMBOL)) {
    refuse("it is no Tilework plugin: it doesn't export " TILEWORK_PLUGIN_SYMBOL "()");
  }
  plugin_ = library_.get<const TileworkPlugin*()>(TILEWORK_PLUGIN_SYMBOL)();
  if (plugin_ == nullptr) refuse("it is no Tilework plugin: " TILEWORK_PLUGIN_SYMBOL "() returns nothing");
  if (plugin_->abi != TILEWORK_ABI_NUMBER) {
    refuse("it was built for ABI number " + std::to_string(plugin_->abi) + ", and this program needs " +
           std::to_string(TILEWORK_ABI_NUMBER) + "; build it again with this version's SDK");
  }
  if (plugin_->size != sizeof(TileworkPlugin)) refuse("its description has the wrong size");
  if (plugin_->opencv == nullptr || std::strcmp(plugin_->opencv, our_opencv) != 0) {
    refuse(std::string("it was built with OpenCV ") +
           (plugin_->opencv ? plugin_->opencv : "of unknown version") + ", and this program needs " +
           our_opencv);
  }
  if (plugin_->filter_count < 1 || plugin_->filter_count > 1024) refuse("it exports no filters");
  try {
    for (int i = 0; i < plugin_->filter_count; ++i) {
      filters_.push_back(engine::description_of(plugin_->filters[i]));
    }
  } catch (const engine::FilterError& error) {
    refuse(error.what());
  }
  if (const auto fault = engine::fault_of(filters_); !fault.empty()) refuse(fault);
}

const TileworkFilter& PluginLibrary::table(const std::string& filter) const {
  const auto found = std::ranges::find(filters_, filter, &FilterDescription::name);
  if (found == filters_.end()) refuse("the plugin has no filter " + filter);
  return plugin_->filters[found - filters_.begin()];
}

}  // namespace tilework::host
