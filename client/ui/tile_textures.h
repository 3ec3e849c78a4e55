// The tiles that are drawn, side by side in few large textures: a change of texture costs as much as a tile.
// The user interface's thread, while its OpenGL context is current.
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include <imgui.h>

#include "client/preview/tile_set.h"
#include "client/ui/texture.h"

namespace tilework::client {

class TileTextures {
 public:
  // Once a frame, before add(): whether the image's own pixels are drawn with hard edges. Those of reduced
  // levels are always smooth.
  void begin_frame(bool crisp);
  // Draws a tile into a rectangle of the screen.
  void add(ImDrawList& list, const TileHandle& tile, ImVec2 from, ImVec2 to);
  // Forgets tiles that weren't drawn in this frame: what is kept small is read quickly.
  void end_frame();

 private:
  struct Page {
    Texture texture;
    bool is_full_size;  // of tiles of level 0
    std::vector<int> free;
  };
  struct Entry {
    std::size_t page;
    int slot;
    std::uint64_t last_frame;
  };

  Entry& entry_of(const TileHandle& tile);
  std::size_t page_with_room(bool is_full_size);

  std::deque<Page> pages_;
  std::unordered_map<std::uint64_t, Entry> entries_;  // by the tile's id
  std::uint64_t frame_ = 0;
  bool crisp_ = false;
};

}  // namespace tilework::client
