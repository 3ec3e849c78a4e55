// Pictures on the graphics card. The user interface's thread, while its OpenGL context is current.
#pragma once

#include <cstdint>
#include <set>
#include <span>

#include <imgui.h>

#include "client/ui/model.h"

namespace tilework::client {

class Texture {
 public:
  // Four bytes a pixel: red, green, blue, alpha; rows without padding.
  Texture(std::span<const std::uint8_t> rgba, int width, int height);
  // With anything in it.
  Texture(int width, int height);
  Texture(Texture&& other) noexcept;
  Texture& operator=(Texture&& other) noexcept;
  ~Texture();

  TextureId id() const { return id_; }
  int width() const { return width_; }
  int height() const { return height_; }
  // Replaces a part; `rgba` as above.
  void update(std::span<const std::uint8_t> rgba, int x, int y, int width, int height);
  // Enlarged pixels are squares with hard edges, or smooth.
  void set_crisp(bool crisp);

 private:
  unsigned id_ = 0;
  int width_ = 0;
  int height_ = 0;
  bool crisp_ = false;
};

// Those whose pixels or looks were changed since the last call.
std::set<TextureId> take_changed_textures();

// What is drawn into the list between the two replaces what is below it instead of being blended with it:
// without a graphics card that is quicker.
void begin_opaque(ImDrawList& list);
void end_opaque(ImDrawList& list);

}  // namespace tilework::client
