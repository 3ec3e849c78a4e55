// How a file stores its pixels, for a result that goes into a file of the same format. Pure values; any
// thread.
#pragma once

#include <string>

#include <opencv2/core.hpp>

namespace tilework::imageio {

struct Storage {
  std::string format;  // as in OutputSettings; what follows is about files of this format alone
  int bits = 0;        // of a sample, or of an index into a palette, below 8; 0 for whole bytes
  bool palette = false;
  bool interlaced = false;  // PNG, GIF; progressive JPEG
  bool lossless = false;    // WebP

  // TIFF.
  std::string compression;  // "none", "lzw", "deflate", "zstd", "packbits", "jpeg" or "ccitt"; empty: unknown
  bool predictor = false;   // of lzw, deflate and zstd: differences of neighbours are stored
  cv::Size tile;            // pixels; empty for strips
  bool pyramid = false;     // with its halves, as slides have them
  bool pyramid_in_subifds = false;  // else as pages
  bool min_is_white = false;
  bool bigtiff = false;
  bool planes = false;  // one for each channel
};

}  // namespace tilework::imageio
