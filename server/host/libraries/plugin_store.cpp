#include "server/host/libraries/plugin_store.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/model/error.h"
#include "schema/storage/storage_trouble.h"
#include "server/host/libraries/copy.h"
#include "server/host/libraries/digest.h"

namespace tilework::host {
namespace {

constexpr std::time_t touch_interval = 60;  // seconds

namespace fs = std::filesystem;

constexpr const char* partial_prefix = ".partial-";

[[noreturn]] void fail(const std::string& trouble) {
  throw Error(Fault::machine, "a plugin can't be stored: " + trouble);
}

void make_private_folder(const fs::path& folder) {
  std::error_code error;
  if (folder.has_parent_path()) fs::create_directories(folder.parent_path(), error);
  if (!error && ::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    error = {errno, std::generic_category()};
  if (error) fail(storage_trouble(folder, error.value()));
}

}  // namespace

bool is_digest(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

PluginStore::PluginStore(fs::path folder) : folder_(std::move(folder)) {
  make_private_folder(folder_);
}

PluginStore::Incoming::~Incoming() {
  if (fd_.get() >= 0) ::unlink(path_.c_str());
}

fs::path PluginStore::path_of(const std::string& digest) const {
  return folder_ / (digest + ".so");
}

std::optional<fs::path> PluginStore::find(const std::string& digest) {
  if (!is_digest(digest)) throw UserError("a plugin's digest has 64 hexadecimal digits");
  const fs::path path = path_of(digest);
  const kj::AutoCloseFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return std::nullopt;
  if (!checked_.contains(digest)) {
    if (digest_of(fd) != digest) {
      ::unlink(path.c_str());
      return std::nullopt;
    }
    checked_.insert(digest);
  }
  // For prune(): it is in use. Not each time, for that is a write to the disk.
  struct stat info {};
  if (::fstat(fd, &info) == 0 && std::time(nullptr) - info.st_mtime > touch_interval) ::futimens(fd, nullptr);
  return path;
}

PluginStore::Incoming PluginStore::receive() {
  std::string path = folder_ / (std::string(partial_prefix) + "XXXXXX");
  const int fd = ::mkostemp(path.data(), O_CLOEXEC);
  if (fd < 0) fail(storage_trouble(folder_, errno));
  return {kj::AutoCloseFd(fd), path};
}

std::string PluginStore::put(int fd) {
  Incoming copy = receive();
  if (const int error = copy_bytes(fd, copy.fd(), plugin_limit); error != 0) {
    fail(error == EFBIG ? "it has more than 256 MiB" : storage_trouble(folder_, error));
  }
  const std::string digest = digest_of(copy.fd());
  keep(std::move(copy), digest);
  return digest;
}

fs::path PluginStore::keep(Incoming incoming, const std::string& digest) {
  if (digest_of(incoming.fd()) != digest) {
    throw Error(Fault::failed, "a plugin was sent with other bytes than its digest says");
  }
  const fs::path path = path_of(digest);
  if (::rename(incoming.path_.c_str(), path.c_str()) != 0) fail(storage_trouble(folder_, errno));
  incoming.fd_ = nullptr;
  checked_.insert(digest);
  return path;
}

void PluginStore::prune(const std::set<std::string>& wanted, std::chrono::seconds age, std::uint64_t bytes) {
  struct Entry {
    fs::path path;
    fs::file_time_type used;
    std::uint64_t size;
  };
  std::vector<Entry> entries;
  std::uint64_t all = 0;
  std::error_code error;
  const auto now = fs::file_time_type::clock::now();
  for (const auto& file : fs::directory_iterator(folder_, error)) {
    const Entry entry{file.path(), file.last_write_time(error), file.file_size(error)};
    if (error) continue;  // somebody else's prune() was faster
    all += entry.size;
    const bool old = now - entry.used > age;
    if (old && !wanted.contains(entry.path.stem())) entries.push_back(entry);
  }
  std::ranges::sort(entries, {}, &Entry::used);
  for (const auto& entry : entries) {
    const bool partial = entry.path.filename().string().starts_with(partial_prefix);
    if (all <= bytes && !partial) continue;
    fs::remove(entry.path, error);
    all -= entry.size;
    checked_.erase(entry.path.stem());
  }
}

}  // namespace tilework::host
