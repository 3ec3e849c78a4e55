// Chunks of a PNG file (PNG 3rd edition, 5.3). Pure values; any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace tilework::imageio {

// The signature, and the chunk IHDR behind it.
inline constexpr std::size_t png_start = 8 + 25;  // bytes

// Whole, with its length and its checksum. `type` has four letters.
std::string png_chunk(std::string_view type, std::string_view body);

// Calls `take` with the type and the body of each chunk of a file, of which `fd` can be read; those of pixels
// and frames come without their bodies. What is damaged or too large is left out; nothing is trusted. The
// body lives as long as the call.
void for_each_png_chunk(int fd,
                        const std::function<void(std::string_view type, std::string_view body)>& take);

}  // namespace tilework::imageio
