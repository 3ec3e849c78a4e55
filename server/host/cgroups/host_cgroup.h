// The cgroups of one host (cgroups(7)), where the system lets this process make some. They count what a limit
// of a process can't: memory that is shared, all threads, and the share of the processors that they have
// together. Used by the parent; any thread, one at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <sys/types.h>

#include "server/host/cgroups/cgroup_folders.h"

namespace tilework::host {

struct CgroupLimits {
  std::uint64_t memory_bytes;
  unsigned threads;
};

class HostCgroup {
 public:
  // Below this process's own, of version 1 or 2. Null where none can be had.
  static std::unique_ptr<HostCgroup> make(const CgroupLimits& limits);
  // Removes those that a process has made below this process's own cgroup, after the hosts in them, which are
  // ended: at its end, for a server destroys nothing then, or after it, by its parent. Takes half a second at
  // most; what is left is removed by the next server that starts there.
  static void remove_made_by(pid_t maker);

  // Its processes have ended.
  ~HostCgroup();
  HostCgroup(const HostCgroup&) = delete;
  HostCgroup& operator=(const HostCgroup&) = delete;

  // For the host, which joins by itself (join_cgroups()): moving another process may hold up this one's event
  // loop for 20 ms. A word of its environment.
  std::string invitation() const;
  // Whether the kernel ended a process in it because it was full.
  bool ran_over() const;

 private:
  HostCgroup() = default;

  std::vector<CgroupPlace> made_;
};

}  // namespace tilework::host
