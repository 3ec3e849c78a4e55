// What a BMP file says besides its pixels (Microsoft's "Bitmap Storage", BITMAPV4HEADER, BITMAPV5HEADER, and
// "LOGCOLORSPACE"). Any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "server/imageio/metadata/file_metadata.h"

namespace tilework::imageio {

// `fd` stays where it is. A profile of another file, which V5 can name, isn't looked for.
FileMetadata read_bmp_metadata(int fd);

// For BMP's header: 0 where nothing is known.
struct DotsPerMetre {
  std::uint32_t x = 0, y = 0;
};
DotsPerMetre dots_per_metre(const Metadata& metadata);

}  // namespace tilework::imageio
