// A small picture of a result that is under way, which fills part by part. Any one thread at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "schema/model/picture.h"

namespace tilework::client {

class GrowingPicture {
 public:
  // What lies there already is replaced; a piece of another size than the picture's begins a new one.
  void add(const ResultPiece& piece);
  void clear() { *this = {}; }

  int width() const { return width_; }  // 0 before the first piece
  int height() const { return height_; }
  // Four bytes a pixel: red, green, blue, alpha; grey where nothing came yet.
  const std::vector<std::uint8_t>& rgba() const { return rgba_; }

 private:
  int width_ = 0;
  int height_ = 0;
  std::vector<std::uint8_t> rgba_;
};

}  // namespace tilework::client
