// Puts the pieces of a render together to tiles. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "client/preview/tile.h"

namespace tilework::client {

class Assembly {
 public:
  // Of each tile, what it shares with the region.
  Assembly(const Picture& picture, int level, const std::vector<TileKey>& tiles, const Region& region);

  // The tiles that the piece completes. A piece may come twice; what belongs to no tile is dropped.
  std::vector<std::shared_ptr<const PreviewTile>> add(const Piece& piece);

 private:
  struct Growing {
    Region place;
    std::shared_ptr<PreviewTile> tile = {};
    std::vector<bool> rows = {};  // that have come
  };

  void copy(const Piece& piece, const Region& shared, Growing& to) const;

  int level_;
  std::map<TileKey, Growing> growing_;
};

}  // namespace tilework::client
