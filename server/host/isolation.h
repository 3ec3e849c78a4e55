// What a filter host gives up before it loads a plugin, and how it ends when a filter goes too far. Linux
// calls in the child's own process; one thread.
#pragma once

#include <cstdint>
#include <string>

namespace tilework::host {

struct HostLimits {
  std::uint64_t memory_bytes = std::uint64_t{2} << 30;  // of one host, shared slabs not counted
  unsigned descriptors = 512;
};

// How a host ends itself, so that its parent can tell why: exit codes.
inline constexpr int exit_over_memory = 101;
inline constexpr int exit_wrote_outside = 102;

// Sets the limits, and gives up the network, writing files, and starting processes, as far as this kernel can
// enforce it; threads and reading stay. What is open stays open. Returns what is in force, as in
// "seccomp=yes landlock=6 memory=2048MiB descriptors=512".
std::string isolate(const HostLimits& limits);

}  // namespace tilework::host
