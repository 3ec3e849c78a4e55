// What of the screen has to be painted anew. The user interface's thread.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include <imgui.h>

#include "client/ui/model.h"

namespace tilework::client {

// Left, top, right and bottom, as ImGui's clip rectangles.
using ScreenBox = ImVec4;

// Compares the triangles of each frame with those of the frame before.
class Damage {
 public:
  // Boxes of whole pixels around what differs, or uses one of the textures. None overlap.
  std::vector<ScreenBox> update(const ImDrawData& data, const std::set<TextureId>& changed_textures);
  // The next frame differs everywhere.
  void forget() { painted_.clear(); }

 private:
  struct Triangle {
    ImDrawVert corners[3];
    ScreenBox clip;
    ImTextureID texture;
    ImDrawCallback state;  // the last callback before it
    bool operator==(const Triangle& other) const;
    ScreenBox bounds() const;
  };
  struct Painted {
    std::string window;
    std::vector<Triangle> triangles;
  };

  static std::vector<Triangle> triangles_of(const ImDrawList& list);
  static ScreenBox difference(const std::vector<Triangle>& before, const std::vector<Triangle>& now,
                              const std::set<TextureId>& changed_textures);

  std::vector<Painted> painted_;  // as the lists are ordered
};

// Calls `paint` with the data once for each box, clipped to it.
void paint_clipped(ImDrawData& data, const std::vector<ScreenBox>& boxes,
                   const std::function<void(ImDrawData&)>& paint);

}  // namespace tilework::client
