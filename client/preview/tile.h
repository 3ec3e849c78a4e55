// The pieces in which previews are kept: squares of a level. Pure; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "schema/model/picture.h"

namespace tilework::client {

inline constexpr int tile_side = 256;  // pixels of the level; those at the right and the bottom are smaller

struct TileKey {
  int level = 0;
  int x = 0;  // in tiles
  int y = 0;
  friend auto operator<=>(const TileKey&, const TileKey&) = default;
};

struct PreviewTile {
  std::uint64_t id = 0;  // never used again
  TileKey key;
  Region place;  // pixels of the level; at the rim of what was looked at, a part of the tile
  SampleFormat format;
  std::vector<std::uint8_t> rgba;  // rows without padding, for a screen: 8 bits a channel
  std::vector<std::byte> pixels;   // the same as they came; empty where rgba has all that they say

  std::size_t bytes() const { return pixels.size() + rgba.size(); }
};

// The tile's pixels, clipped to the level.
Region place_of(const Picture& picture, TileKey key);
// The tiles that a region of a level touches, row by row.
std::vector<TileKey> tiles_of(const Region& region, int level);
// What two regions share; empty if nothing.
Region shared_of(const Region& a, const Region& b);
// A region of a level, grown a little, so that a view that moves by some pixels needs nothing new.
Region grown(const Picture& picture, const Region& region, int level);
// Few rectangles that cover just what these tiles of one level have of a region.
std::vector<Region> regions_of(const Picture& picture, std::vector<TileKey> tiles, const Region& region);

}  // namespace tilework::client
