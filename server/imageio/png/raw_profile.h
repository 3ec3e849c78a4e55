// Blocks that PNG has no chunks for, as ImageMagick stores them in texts: keyword "Raw profile type iptc",
// and in the text a line feed, the type, the length in decimal digits, and the bytes in hexadecimal ones.
// ExifTool and ImageMagick read them. Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/imageio/metadata/metadata.h"

namespace tilework::imageio {

inline constexpr std::string_view raw_profile_prefix = "Raw profile type ";

std::string raw_profile(std::string_view type, std::string_view bytes);

// The bytes; none if the text is damaged.
std::optional<std::string> bytes_of_raw_profile(std::string_view text);

// Puts a block of `type` ("exif", "iptc", "8bim", "xmp", "icc", "icm" or "APP1") where it belongs, unless
// something is there. False for other types.
bool take_raw_profile(std::string_view type, std::string bytes, Metadata& metadata);

}  // namespace tilework::imageio
