// What one peer may cost this process: how large a message may be, how much may be under way for it, and how
// many capabilities either side may hold of the other. Plain numbers; any thread.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>

namespace tilework::transport {

// The largest message that anybody reads or writes, in bytes. Room for a segment of 32 MiB, and for the stats
// of a large image.
inline constexpr std::uint64_t message_limit = 256u << 20;

struct Budget {
  const char* peer;             // who has it, for people: "a client"
  std::uint64_t message_bytes;  // of one message of its
  // Calls that it has made, until it has been sent the answer and has said that it needs it no longer. None:
  // it is never to ask for anything.
  unsigned calls;
  // Of calls that aren't answered; what comes beyond waits in its system. The first budget's of a connection.
  std::uint64_t call_bytes;
  unsigned held;  // capabilities of its that we hold
  unsigned lent;  // of ours that it holds
  // That wait to be sent to it. While there are more, nothing is read of it: who doesn't take answers asks no
  // more.
  std::uint64_t queued_bytes;
  bool passes_descriptors;
};

inline constexpr std::uint64_t unbounded = std::numeric_limits<std::uint64_t>::max();
inline constexpr unsigned uncounted = std::numeric_limits<unsigned>::max();

// What a peer makes the library queue is dropped by recursion when the connection ends: a call's answer, the
// release of what we held. That takes 200 to 300 bytes of the stack for each (2 to 4 MB were enough for
// 14,000 on the development machine), so the largest budget is of 8,192.

// A filter host, of which all is asked and which asks nothing. It holds a chain for each stage and something
// for each slab, of which it can map 512. How much is lent and queued is its parent's own doing.
inline constexpr Budget host_budget{
    .peer = "a filter host",
    .message_bytes = message_limit,
    .calls = 0,
    .call_bytes = unbounded,
    .held = 4096,
    .lent = uncounted,
    .queued_bytes = unbounded,
    .passes_descriptors = false,
};

// Who hasn't signed in needs two or three calls: the largest is a worker's, of a few hundred bytes. What its
// calls may hold is for its time after that, too.
inline constexpr Budget newcomer_budget{
    .peer = "a newcomer",
    .message_bytes = 64 << 10,
    .calls = 32,
    .call_bytes = 16 << 20,
    .held = 32,
    .lent = 64,
    .queued_bytes = 256 << 10,
    .passes_descriptors = false,
};

// Besides what a master's limits allow it to have: images, jobs and previews. Files come in pieces of 1 MiB.
inline constexpr Budget client_budget{
    .peer = "a client",
    .message_bytes = 2 << 20,
    .calls = 256,
    .call_bytes = 16 << 20,
    .held = 256,
    .lent = 256,
    .queued_bytes = 16 << 20,
    .passes_descriptors = false,
};

// As a client that installs plugins.
inline constexpr Budget administrator_budget{
    .peer = "an administrator",
    .message_bytes = 2 << 20,
    .calls = 256,
    .call_bytes = 16 << 20,
    .held = 256,
    .lent = 256,
    .queued_bytes = 16 << 20,
    .passes_descriptors = false,
};

// It answers with pixels, stats and leases of tiles: a thousand tiles of 256 KiB and more for a job with
// 256 MiB in flight. It asks for plugins, as many as there are, at once. What is lent and queued is the
// master's doing: a slab at a time, and as many segments as the worker has slots.
inline constexpr Budget worker_budget{
    .peer = "a worker",
    .message_bytes = message_limit,
    .calls = 4096,
    .call_bytes = 16 << 20,
    .held = 8192,
    .lent = uncounted,
    .queued_bytes = unbounded,
    .passes_descriptors = true,
};

// A master as its workers and clients see it, and the parent of a host. They trust it, so this bounds what a
// broken one does: four times the segments of a worker with 1,024 slots, and as many slabs.
inline constexpr Budget master_budget{
    .peer = "a master",
    .message_bytes = message_limit,
    .calls = 4096,
    .call_bytes = unbounded,
    .held = 4096,
    .lent = uncounted,
    .queued_bytes = unbounded,
    .passes_descriptors = true,
};

// One that stays as it is.
inline std::shared_ptr<const Budget> fixed(const Budget& budget) {
  return std::make_shared<const Budget>(budget);
}

}  // namespace tilework::transport
