// The pieces in which previews are kept: squares of a level. Pure; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "schema/model/picture.h"

namespace tilework::client {

inline constexpr int tile_side = 128;  // pixels of the level; those at the right and the bottom are smaller

struct TileKey {
  int level = 0;
  int x = 0;  // in tiles
  int y = 0;
  friend auto operator<=>(const TileKey&, const TileKey&) = default;
};

struct PreviewTile {
  std::uint64_t id = 0;  // never used again
  TileKey key;
  Region place;  // pixels of the level
  SampleFormat format;
  std::vector<std::byte> pixels;   // rows without padding
  std::vector<std::uint8_t> rgba;  // the same for a screen, 8 bits a channel

  std::size_t bytes() const { return pixels.size() + rgba.size(); }
};

// The tile's pixels, clipped to the level.
Region place_of(const Picture& picture, TileKey key);
// The tiles that a region of a level touches, row by row.
std::vector<TileKey> tiles_of(const Region& region, int level);
// Few rectangles that cover just these tiles of one level.
std::vector<Region> regions_of(const Picture& picture, std::vector<TileKey> tiles);

}  // namespace tilework::client
