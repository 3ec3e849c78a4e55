// Bytes into a file at a place. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tilework::imageio {

// Writes all of them; the system's error number where that can't be done, or 0.
int write_at(int fd, const void* data, std::size_t bytes, std::int64_t at);

}  // namespace tilework::imageio
