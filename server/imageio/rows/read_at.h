// Bytes of files from a place. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace tilework::imageio {

// Fewer than asked for at the end of the file, or where it can't be read.
std::string read_at(int fd, std::size_t bytes, std::int64_t at);

}  // namespace tilework::imageio
