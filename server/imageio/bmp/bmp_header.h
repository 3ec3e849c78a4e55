// The header of a BMP file, from the byte layouts in Microsoft's "Bitmap Storage" (BITMAPFILEHEADER and
// BITMAPCOREHEADER, BITMAPINFOHEADER, BITMAPV4HEADER, BITMAPV5HEADER). Pure functions; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <tilework/types.h>

#include "server/imageio/metadata/metadata.h"

namespace tilework::imageio {

struct BmpHeader {
  cv::Size size;
  bool top_down = false;  // else the last row comes first in the file
  int bits = 24;          // of a pixel: 1, 4 and 8 with a palette, 24, 32
  std::int64_t pixels_at = 0;
  std::vector<cv::Vec3b> palette;  // BGR
  PixelFormat format;              // what the rows become: u8; 1 channel when all of the palette is gray

  // Bytes from one row to the next: rows fill whole words of 4 bytes.
  std::int64_t row_bytes() const { return row_bytes(size.width, bits); }
  static std::int64_t row_bytes(int width, int bits) {
    return (static_cast<std::int64_t>(width) * bits + 31) / 32 * 4;
  }
};

// Of pixels, as the reader and the writer go through a file.
inline constexpr std::int64_t bytes_at_once = 1 << 20;

// The longest header with the longest palette.
inline constexpr std::size_t longest_bmp_header = 14 + 124 + 1024;

// `start` is the file's beginning, up to longest_bmp_header bytes. Throws UserError, with `name` for the
// file.
BmpHeader parse_bmp_header(std::span<const unsigned char> start, const std::string& name);

// The header of a file of 1, 3 or 4 channels at 8 bit, rows from the last to the first, with the resolution
// of `metadata` and its profile, which belongs behind the pixels. Throws UserError for an image that is too
// large for the format.
std::vector<unsigned char> make_bmp_header(cv::Size size, int channels, const Metadata& metadata);

}  // namespace tilework::imageio
