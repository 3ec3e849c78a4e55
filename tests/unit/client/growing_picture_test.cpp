// Pictures of results that fill part by part.
#include "client/preview/growing_picture.h"

#include <catch2/catch.hpp>

namespace tilework::client {
namespace {

using Rgba = std::vector<std::uint8_t>;

void add(GrowingPicture& picture, int width, int height, Region place,
         const std::vector<std::uint8_t>& samples, int channels) {
  picture.add({width, height, {place, {SampleDepth::u8, channels}, std::as_bytes(std::span(samples))}});
}

}  // namespace

TEST_CASE("a growing picture is grey where nothing came yet, and takes parts in any order") {
  GrowingPicture picture;
  CHECK(picture.width() == 0);
  add(picture, 2, 2, {1, 0, 1, 2}, {1, 2, 3, 4, 5, 6}, 3);
  CHECK(picture.width() == 2);
  CHECK(picture.height() == 2);
  CHECK(picture.rgba() == Rgba{0x60, 0x60, 0x60, 255, 3, 2, 1, 255, 0x60, 0x60, 0x60, 255, 6, 5, 4, 255});
  add(picture, 2, 2, {0, 0, 1, 2}, {7, 8}, 1);
  CHECK(picture.rgba() == Rgba{7, 7, 7, 255, 3, 2, 1, 255, 8, 8, 8, 255, 6, 5, 4, 255});
}

TEST_CASE("a growing picture begins anew when it is cleared, or when a piece has another size") {
  GrowingPicture picture;
  add(picture, 1, 2, {0, 0, 1, 1}, {9}, 1);
  add(picture, 2, 1, {1, 0, 1, 1}, {7}, 1);
  CHECK(picture.rgba() == Rgba{0x60, 0x60, 0x60, 255, 7, 7, 7, 255});
  picture.clear();
  CHECK(picture.width() == 0);
  CHECK(picture.rgba().empty());
}

}  // namespace tilework::client
