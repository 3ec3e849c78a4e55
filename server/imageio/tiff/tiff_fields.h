// What a directory of a TIFF file says of its picture. Plain values, with the defaults of "TIFF Revision 6.0"
// where it says nothing; numbers as the file has them, whether they make sense or not. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <tiffio.h>

namespace tilework::imageio {

struct TiffFields {
  cv::Size size;  // pixels; at most the largest int
  int bits = 1;   // of a sample
  int samples = 1;
  int sample_format = SAMPLEFORMAT_UINT;
  int photometric = PHOTOMETRIC_MINISBLACK;
  int compression = COMPRESSION_NONE;
  int predictor = 1;
  int inks = INKSET_CMYK;
  int orientation = 0;  // 1 to 8; 0 if it isn't said
  std::vector<std::uint16_t> extra_samples;
  std::array<std::vector<std::uint16_t>, 3> palette;  // red, green, blue
  bool is_tiled = false;
  cv::Size piece;      // a tile, or a strip as wide as the image and no higher; at most the largest int
  bool apart = false;  // a plane for each sample
  // GDAL's value of pixels that hold nothing, which those of pieces that aren't in the file have.
  std::optional<double> nodata;
};

// Of the current directory; without `nodata`, which the library doesn't know.
TiffFields read_fields(TIFF* tiff);
// Of the text in GDAL's tag 42113; none if it is no number.
std::optional<double> nodata_of(const std::string& text);

}  // namespace tilework::imageio
