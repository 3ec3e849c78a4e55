#include "server/engine/geometry.h"

#include <algorithm>

namespace tilework::engine {
namespace {

// Coordinates are added as 64 bit and clipped, so that huge halos don't overflow.
int clip(std::int64_t value, int limit) {
  return static_cast<int>(std::clamp<std::int64_t>(value, 0, limit));
}

std::int64_t align_down(std::int64_t value, int lattice) {
  return value / lattice * lattice;
}
std::int64_t align_up(std::int64_t value, int lattice) {
  return (value + lattice - 1) / lattice * lattice;
}

int divide_up(int value, int by) {
  return static_cast<int>((std::int64_t{value} + by - 1) / by);
}

}  // namespace

cv::Rect region_read(const Halo& halo, cv::Rect rect, cv::Size image) {
  const int left = clip(align_down(rect.x, halo.align) - halo.left, image.width);
  const int top = clip(align_down(rect.y, halo.align) - halo.top, image.height);
  const int right = clip(align_up(std::int64_t{rect.x} + rect.width, halo.align) + halo.right, image.width);
  const int bottom =
      clip(align_up(std::int64_t{rect.y} + rect.height, halo.align) + halo.bottom, image.height);
  return {left, top, right - left, bottom - top};
}

TileGrid::TileGrid(cv::Size image, cv::Size tile)
    : image_(image),
      tile_(tile),
      columns_(divide_up(image.width, tile.width)),
      rows_(divide_up(image.height, tile.height)) {}

cv::Rect TileGrid::tile(std::int64_t index) const {
  const int x = static_cast<int>(index % columns_) * tile_.width;
  const int y = static_cast<int>(index / columns_) * tile_.height;
  return {x, y, std::min(tile_.width, image_.width - x), std::min(tile_.height, image_.height - y)};
}

}  // namespace tilework::engine
