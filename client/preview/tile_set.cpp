#include "client/preview/tile_set.h"

#include <algorithm>

namespace tilework::client {

bool TileSet::has(const Region& region, int level) const {
  return std::ranges::all_of(tiles_of(region, level), [&](TileKey key) { return tiles.contains(key); });
}

std::vector<TileKey> TileSet::missing(const Region& region, int level) const {
  auto keys = tiles_of(region, level);
  std::erase_if(keys, [&](TileKey key) { return tiles.contains(key); });
  return keys;
}

std::size_t TileSet::bytes() const {
  std::size_t bytes = 0;
  for (const auto& [key, tile] : tiles) bytes += tile->bytes();
  return bytes;
}

}  // namespace tilework::client
