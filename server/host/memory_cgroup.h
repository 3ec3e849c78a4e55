// A memory cgroup of a filter host's own, where the system lets this process make one: it also counts what a
// process limit can't, such as shared memory and the kernel's own. Used by the parent; any thread, one at a
// time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include <sys/types.h>

namespace tilework::host {

class MemoryCgroup {
 public:
  // Below this process's own cgroup, of version 1 or 2. Null where that can't be had.
  static std::unique_ptr<MemoryCgroup> make(std::uint64_t bytes);
  // Removes those that a process has made below this process's own cgroup, after the hosts in them, which are
  // ended: at its end, for a server destroys nothing then, or after it, by its parent. Takes half a second at
  // most; what is left is removed by the next server that starts there.
  static void remove_made_by(pid_t maker);

  // Its processes have ended.
  ~MemoryCgroup();
  MemoryCgroup(const MemoryCgroup&) = delete;
  MemoryCgroup& operator=(const MemoryCgroup&) = delete;

  bool add(pid_t process) const;
  // Whether the kernel ended a process in it because it was full.
  bool ran_over() const;

 private:
  explicit MemoryCgroup(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::filesystem::path folder_;
};

}  // namespace tilework::host
