// Rectangles of the image: how they grow and are clipped, and how an image is cut into tiles. Pure; any
// thread.
#pragma once

#include <cstdint>

#include <opencv2/core/types.hpp>
#include <tilework/types.h>

namespace tilework::engine {

// Pixels in a rectangle or an image; cv::Rect::area() overflows on large ones.
inline std::int64_t area(cv::Size size) {
  return std::int64_t{size.width} * size.height;
}

inline cv::Rect bounds(cv::Size image) {
  return {cv::Point{0, 0}, image};
}

// What a filter with this halo reads to compute `rect`: grown to the filter's lattice, then by the halo, then
// clipped to the image.
cv::Rect region_read(const Halo& halo, cv::Rect rect, cv::Size image);

// The tiles of an image in raster order; those at the right and the bottom are as small as what is left.
class TileGrid {
 public:
  // `tile` is at least 1x1 and the image isn't empty.
  TileGrid(cv::Size image, cv::Size tile);

  int columns() const { return columns_; }
  int rows() const { return rows_; }
  std::int64_t count() const { return std::int64_t{columns_} * rows_; }
  cv::Rect tile(std::int64_t index) const;

 private:
  cv::Size image_;
  cv::Size tile_;
  int columns_;
  int rows_;
};

}  // namespace tilework::engine
