// Pictures on the graphics card. The user interface's thread, while its OpenGL context is current.
#pragma once

#include <cstdint>
#include <span>

#include "client/ui/model.h"

namespace tilework::client {

class Texture {
 public:
  // Four bytes a pixel: red, green, blue, alpha; rows without padding.
  Texture(std::span<const std::uint8_t> rgba, int width, int height);
  Texture(Texture&& other) noexcept;
  Texture& operator=(Texture&& other) noexcept;
  ~Texture();

  TextureId id() const { return id_; }
  int width() const { return width_; }
  int height() const { return height_; }
  // Enlarged pixels are squares with hard edges, or smooth.
  void set_crisp(bool crisp);

 private:
  unsigned id_ = 0;
  int width_ = 0;
  int height_ = 0;
  bool crisp_ = false;
};

}  // namespace tilework::client
