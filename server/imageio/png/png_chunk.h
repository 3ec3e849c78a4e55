// Chunks of a PNG file (PNG 3rd edition, 5.3). Pure values; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tilework::imageio {

// The signature, and the chunk IHDR behind it.
inline constexpr std::size_t png_start = 8 + 25;  // bytes

// Whole, with its length and its checksum. `type` has four letters.
std::string png_chunk(std::string_view type, std::string_view body);

struct PngSize {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

// As the header says it; none where there is no header.
std::optional<PngSize> png_size(int fd);

struct PngChunk {
  std::string_view type;
  std::int64_t at = 0;      // in the file
  std::uint64_t bytes = 0;  // of the body, whether it was read or not
  // None of chunks of pixels and frames, and of those that are too large. It lives as long as the call.
  std::optional<std::string_view> body;
};

// Calls `take` with each chunk of a file, of which `fd` can be read. What is damaged is left out; nothing is
// trusted.
void for_each_png_chunk(int fd, const std::function<void(const PngChunk&)>& take);

}  // namespace tilework::imageio
