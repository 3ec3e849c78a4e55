// The file formats that Tilework reads and writes. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

namespace tilework::imageio {

// For messages.
inline constexpr std::string_view supported_formats = "JPEG, PNG, TIFF, WebP, BMP, GIF";

// Whether it is one of the words "jpeg", "png", "tiff", "webp", "bmp" and "gif".
bool is_format(std::string_view name);

// Whether it says how JPEG files store colour: "4:4:4" at full resolution, "4:2:0" at half of it in either
// direction, "auto" by the quality.
bool is_chroma(std::string_view name);

// Which of them the ending of a file's name means. Throws UserError listing what is supported.
std::string format_of_extension(const std::string& path);

}  // namespace tilework::imageio
