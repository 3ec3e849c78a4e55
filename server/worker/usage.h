// What a worker and its filter hosts use of the machine.
#pragma once

#include <cstdint>
#include <string>

#include "schema/worker.capnp.h"

namespace tilework::worker {

struct Usage {
  std::uint64_t resident_bytes = 0;    // now; pages that hosts share with the worker count in each
  std::uint64_t cpu_microseconds = 0;  // since the start
};

// Of this process and its children, from /proc. A few file reads; any thread.
Usage usage_now();

// What a heartbeat says: that, and how this process and its machine are. `state` is the worker's folder.
void write_status(rpc::WorkerStatus::Builder to, const std::string& state);

}  // namespace tilework::worker
