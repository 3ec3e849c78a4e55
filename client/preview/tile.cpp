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

std::vector<Region> regions_of(const Picture& picture, std::vector<TileKey> tiles) {
  std::ranges::sort(tiles, {}, [](const TileKey& key) { return std::pair(key.y, key.x); });
  // Runs of tiles in a row, then runs of like rows.
  std::vector<Region> regions;
  for (std::size_t i = 0; i < tiles.size();) {
    Region run = place_of(picture, tiles[i]);
    std::size_t next = i + 1;
    while (next < tiles.size() && tiles[next].y == tiles[i].y && tiles[next].x == tiles[next - 1].x + 1) {
      run.width += place_of(picture, tiles[next]).width;
      ++next;
    }
    i = next;
    const auto above = std::ranges::find_if(regions, [&](const Region& region) {
      return region.x == run.x && region.width == run.width && region.y + region.height == run.y;
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
