#include "client/preview/growing_picture.h"

#include "client/preview/pixels.h"

namespace tilework::client {
namespace {

constexpr std::uint8_t grey = 0x60;

}  // namespace

void GrowingPicture::add(const ResultPiece& piece) {
  if (piece.width != width_ || piece.height != height_) {
    width_ = piece.width;
    height_ = piece.height;
    rgba_.assign(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_) * 4, grey);
    for (std::size_t alpha = 3; alpha < rgba_.size(); alpha += 4) rgba_[alpha] = 255;
  }
  const auto& [place, format, pixels] = piece.piece;
  const auto row = static_cast<std::size_t>(place.width) * static_cast<std::size_t>(format.bytes());
  for (int y = 0; y < place.height; ++y) {
    to_rgba(pixels.subspan(row * static_cast<std::size_t>(y), row), format,
            rgba_.data() + (std::ptrdiff_t{place.y + y} * width_ + place.x) * 4);
  }
}

}  // namespace tilework::client
