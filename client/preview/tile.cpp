#include "client/preview/tile.h"

#include <algorithm>
#include <cstddef>

namespace tilework::client {

Region place_of(const Picture& picture, TileKey key) {
  const int left = key.x * tile_side, top = key.y * tile_side;
  return {left, top, std::min(tile_side, picture.width_at(key.level) - left),
          std::min(tile_side, picture.height_at(key.level) - top)};
}

std::vector<TileKey> tiles_of(const Region& region, int level) {
  std::vector<TileKey> tiles;
  if (region.width <= 0 || region.height <= 0) return tiles;
  const int right = (region.x + region.width - 1) / tile_side;
  const int bottom = (region.y + region.height - 1) / tile_side;
  for (int y = region.y / tile_side; y <= bottom; ++y) {
    for (int x = region.x / tile_side; x <= right; ++x) tiles.push_back({level, x, y});
  }
  return tiles;
}

Region shared_of(const Region& a, const Region& b) {
  const int left = std::max(a.x, b.x), top = std::max(a.y, b.y);
  const int right = std::min(a.x + a.width, b.x + b.width);
  const int bottom = std::min(a.y + a.height, b.y + b.height);
  return {left, top, std::max(right - left, 0), std::max(bottom - top, 0)};
}

Region grown(const Picture& picture, const Region& region, int level) {
  constexpr int step = 32;
  const auto down = [](int at) { return at / step * step; };
  const auto up = [](int at) { return (at + step - 1) / step * step; };
  const int left = down(region.x), top = down(region.y);
  const int right = std::min(up(region.x + region.width), picture.width_at(level));
  const int bottom = std::min(up(region.y + region.height), picture.height_at(level));
  return {left, top, right - left, bottom - top};
}

std::vector<Region> regions_of(const Picture& picture, std::vector<TileKey> tiles, const Region& region) {
  std::ranges::sort(tiles, {}, [](const TileKey& key) { return std::pair(key.y, key.x); });
  // Runs of tiles in a row, then runs of like rows.
  std::vector<Region> regions;
  for (std::size_t i = 0; i < tiles.size();) {
    Region run = shared_of(place_of(picture, tiles[i]), region);
    std::size_t next = i + 1;
    while (next < tiles.size() && tiles[next].y == tiles[i].y && tiles[next].x == tiles[next - 1].x + 1) {
      run.width += shared_of(place_of(picture, tiles[next]), region).width;
      ++next;
    }
    i = next;
    const auto above = std::ranges::find_if(regions, [&](const Region& other) {
      return other.x == run.x && other.width == run.width && other.y + other.height == run.y;
    });
    if (above == regions.end()) {
      regions.push_back(run);
    } else {
      above->height += run.height;
    }
  }
  return regions;
}

}  // namespace tilework::client
