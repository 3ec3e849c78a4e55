// What a host gives up before it does anything for strangers, and how it ends when they go too far. Linux
// calls in the child's own process; one thread.
#pragma once

#include <cstdint>
#include <string>
#include <thread>

namespace tilework::host {

struct HostLimits {
  std::uint64_t memory_bytes = std::uint64_t{2} << 30;  // of one host, shared slabs not counted
  unsigned descriptors = 512;
  unsigned threads = 64 + std::thread::hardware_concurrency();
};

// How a host ends itself, so that its parent can tell why: exit codes.
inline constexpr int exit_over_memory = 101;
inline constexpr int exit_wrote_outside = 102;
inline constexpr int exit_without_parent = 103;  // its socket was closed, by whomever

// Sets the limits, and gives up the network, files but for a list to read, its user and its privileges, and
// starting processes, as far as this kernel can enforce it; threads stay. What is open stays open. Returns
// what is in force, as in "seccomp=yes landlock=6 memory=2048MiB descriptors=512 user=own".
std::string isolate(const HostLimits& limits);

}  // namespace tilework::host
