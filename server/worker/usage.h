// What a worker and its filter hosts use of the machine.
#pragma once

#include <cstdint>

namespace tilework::worker {

struct Usage {
  std::uint64_t resident_bytes = 0;    // now; pages that hosts share with the worker count in each
  std::uint64_t cpu_microseconds = 0;  // since the start
};

// Of this process and its children, from /proc. A few file reads; any thread.
Usage usage_now();

}  // namespace tilework::worker
