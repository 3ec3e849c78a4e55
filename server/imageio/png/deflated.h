// Bytes packed by zlib, as PNG's chunks have them. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tilework::imageio {

std::string deflated(std::string_view bytes);

// None if they are damaged, cut short, or more than `most` bytes.
std::optional<std::string> inflated(std::string_view packed, std::size_t most);

}  // namespace tilework::imageio
