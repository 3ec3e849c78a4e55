// The size of tiles, as users write it.
#pragma once

#include <string>

namespace tilework::cli {

struct TileSize {
  int width = 0;  // pixels
  int height = 0;
  friend bool operator==(const TileSize&, const TileSize&) = default;
};

// "2048x512" or "512". Throws UserError.
TileSize parse_tile(const std::string& text);

}  // namespace tilework::cli
