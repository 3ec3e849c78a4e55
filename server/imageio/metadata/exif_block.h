// EXIF blocks as chunks of files have them. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

namespace tilework::imageio {

// A TIFF structure, also where a writer put JPEG's "Exif\0\0" in front; "" for anything else.
inline std::string exif_block(std::string bytes) {
  if (bytes.starts_with(std::string_view("Exif\0\0", 6))) bytes.erase(0, 6);
  const bool is_exif =
      bytes.starts_with(std::string_view("II*\0", 4)) || bytes.starts_with(std::string_view("MM\0*", 4));
  return is_exif ? bytes : std::string();
}

}  // namespace tilework::imageio
