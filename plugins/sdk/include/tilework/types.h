// The small values that filters, and the engine that runs them, speak in: pixel formats, halos, places.
// Pure values; any thread.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include <opencv2/core.hpp>

namespace tilework {

enum class Depth : std::int32_t { u8 = 0, u16 = 1, f32 = 2 };

// Bytes of one value.
constexpr int bytes_of(Depth depth) {
  return depth == Depth::u8 ? 1 : depth == Depth::u16 ? 2 : 4;
}

// The value of full white: 255, 65535, or 1 for float.
constexpr double white_of(Depth depth) {
  return depth == Depth::u8 ? 255.0 : depth == Depth::u16 ? 65535.0 : 1.0;
}

// The OpenCV depth code.
constexpr int cv_depth(Depth depth) {
  return depth == Depth::u8 ? CV_8U : depth == Depth::u16 ? CV_16U : CV_32F;
}

// Throws std::invalid_argument for a depth that Tilework doesn't carry.
inline Depth depth_from_cv(int code) {
  switch (code) {
    case CV_8U:
      return Depth::u8;
    case CV_16U:
      return Depth::u16;
    case CV_32F:
      return Depth::f32;
    default:
      throw std::invalid_argument("pixels must be 8 or 16 bit unsigned, or 32 bit float");
  }
}

// Interleaved pixels: 1 gray, 2 gray and alpha, 3 BGR, 4 BGR and alpha.
struct PixelFormat {
  Depth depth = Depth::u8;
  int channels = 3;

  bool has_alpha() const { return channels == 2 || channels == 4; }
  int colour_channels() const { return has_alpha() ? channels - 1 : channels; }
  int bytes() const { return bytes_of(depth) * channels; }
  int cv_type() const { return CV_MAKETYPE(cv_depth(depth), channels); }
  static PixelFormat of(const cv::Mat& mat) { return {depth_from_cv(mat.depth()), mat.channels()}; }

  friend bool operator==(const PixelFormat&, const PixelFormat&) = default;
};

// How far beyond its tile a filter reads, in pixels, on each side. With `align` above 1 the tile is first
// grown to the lattice of multiples of `align` (from the image's origin), so that a filter can work on whole
// blocks.
struct Halo {
  int left = 0;
  int top = 0;
  int right = 0;
  int bottom = 0;
  int align = 1;

  static constexpr Halo none() { return {}; }
  static constexpr Halo all(int pixels) { return {pixels, pixels, pixels, pixels, 1}; }
  constexpr Halo aligned(int pixels) const { return {left, top, right, bottom, pixels}; }

  friend bool operator==(const Halo&, const Halo&) = default;
};

// Where the pixels at hand lie, in the coordinates of the whole image.
struct Place {
  cv::Rect segment;  // the pixels that the filter is given
  cv::Rect tile;     // the pixels that are kept; inside segment
  cv::Size image;

  // The tile as a rectangle of the segment's own matrix.
  cv::Rect tile_in_segment() const { return tile - segment.tl(); }
};

}  // namespace tilework
