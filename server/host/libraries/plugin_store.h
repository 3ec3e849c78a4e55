// A folder of plugins under the names of their digests: what lies there never changes, so it can be loaded at
// any later time, and nothing has to be copied or fetched twice. Masters keep every version of their plugins
// in one, workers what they have fetched. Several processes may share a folder. Looks at bytes only: nothing
// here loads a plugin. Any thread, one call at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include <kj/io.h>

namespace tilework::host {

// The largest library that is taken.
inline constexpr std::uint64_t plugin_limit = 256u << 20;  // bytes

class PluginStore {
 public:
  // Makes the folder, for its owner alone. Throws tilework::Error.
  explicit PluginStore(std::filesystem::path folder);

  // The library with that digest, if it is there; its bytes are checked when it is asked for the first time,
  // and a file that was damaged is removed.
  std::optional<std::filesystem::path> find(const std::string& digest);

  // Where the library with that digest lies, if it is there.
  std::filesystem::path path_of(const std::string& digest) const;

  // Copies a library from its start, and returns its digest. Throws tilework::Error.
  std::string put(int fd);

  // A file to write a library into, and its way into the store: keep() checks that it has the digest.
  // Dropping it throws away what was written.
  class Incoming {
   public:
    Incoming(Incoming&&) = default;
    ~Incoming();
    int fd() const { return fd_; }

   private:
    friend class PluginStore;
    Incoming(kj::AutoCloseFd fd, std::string path) : fd_(kj::mv(fd)), path_(std::move(path)) {}
    kj::AutoCloseFd fd_;
    std::string path_;
  };
  Incoming receive();
  // Throws tilework::Error when the bytes have another digest.
  std::filesystem::path keep(Incoming incoming, const std::string& digest);

  // Removes the libraries that `wanted` doesn't name and that nobody has asked for in `age`, the oldest
  // first, until those that are left have at most `bytes`.
  void prune(const std::set<std::string>& wanted, std::chrono::seconds age, std::uint64_t bytes);

 private:
  std::filesystem::path folder_;
  std::set<std::string> checked_;
};

// Whether a text can be a digest: 64 hexadecimal digits, and so nothing else as a part of a path.
bool is_digest(const std::string& text);

}  // namespace tilework::host
