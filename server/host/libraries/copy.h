// The bytes of one file into another.
#pragma once

#include <cstdint>

namespace tilework::host {

// From the start of `from` to its end, to where `to` stands. Returns errno, or 0; EFBIG when there are more
// than `limit` bytes. Any thread.
int copy_bytes(int from, int to, std::uint64_t limit);

}  // namespace tilework::host
