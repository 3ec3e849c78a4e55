#include "client/preview/tile_set.h"

#include <algorithm>

namespace tilework::client {

bool TileSet::has(const Region& region, int level) const {
  return missing(region, level).empty();
}

std::vector<TileKey> TileSet::missing(const Region& region, int level) const {
  auto keys = tiles_of(region, level);
  std::erase_if(keys, [&](TileKey key) {
    const auto tile = tiles.find(key);
    if (tile == tiles.end()) return false;
    const Region wanted = shared_of(place_of(picture, key), region);
    return shared_of(wanted, tile->second->place) == wanted;
  });
  return keys;
}

void TileSet::put_findings(const std::vector<TileKey>& keys, const std::vector<Finding>& findings) {
  for (const TileKey& key : keys) found.erase(key);
  for (const Finding& finding : findings) {
    const int x = finding.box.x + finding.box.width / 2, y = finding.box.y + finding.box.height / 2;
    auto& list = found[{0, x / tile_side, y / tile_side}];
    if (std::ranges::find(list, finding) == list.end()) list.push_back(finding);
  }
}

std::size_t TileSet::bytes() const {
  std::size_t bytes = 0;
  for (const auto& [key, tile] : tiles) bytes += tile->bytes();
  for (const auto& tile : provisional) bytes += tile->bytes();
  return bytes;
}

}  // namespace tilework::client
