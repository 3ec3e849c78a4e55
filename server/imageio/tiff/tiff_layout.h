// How a TIFF file's first page is cut into pieces, which libvips doesn't tell and which decides how much of
// the image its decoder holds. From "TIFF Revision 6.0" and the BigTIFF design. Any thread.
#pragma once

#include <cstdint>

namespace tilework::imageio {

// How many rows' worth of an image of `height` rows libvips holds at a time: two rows of tiles; or a strip
// and its planes, when colours are stored apart or as YCbCr; 0 for other strips, which it streams. A file
// that makes no sense counts as one such strip. `fd` can be read at any position; its own isn't used.
std::int64_t tiff_rows_held(int fd, int height);

}  // namespace tilework::imageio
