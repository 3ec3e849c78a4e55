// Tiles that are put together from pieces, and what they say of their pixels.
#include "client/preview/assembly.h"

#include <catch2/catch.hpp>

#include "client/preview/pixels.h"

namespace tilework::client {
namespace {

template <class Sample>
std::shared_ptr<const PreviewTile> tile_of(int channels, SampleDepth depth,
                                           const std::vector<Sample>& samples) {
  const Region place{0, 0, static_cast<int>(samples.size()) / channels, 1};
  const Picture picture{place.width, 1, {depth, channels}, 1, {}};
  Assembly assembly(picture, 0, {{0, 0, 0}}, place);
  const auto tiles = assembly.add({place, {depth, channels}, std::as_bytes(std::span(samples))});
  REQUIRE(tiles.size() == 1);
  return tiles.front();
}

using Rgba = std::vector<std::uint8_t>;

TEST_CASE("a tile says its pixels' values in the order and depth of the file, and shows them in 8 bits") {
  const auto colour = tile_of<std::uint8_t>(3, SampleDepth::u8, {1, 2, 3, 4, 5, 6});
  CHECK(value_text(*colour, 1, 0) == "R 6  G 5  B 4");
  CHECK(colour->rgba == Rgba{3, 2, 1, 255, 6, 5, 4, 255});
  CHECK(colour->pixels.empty());
  CHECK(value_text(*tile_of<std::uint8_t>(4, SampleDepth::u8, {1, 2, 3, 9}), 0, 0) == "R 3  G 2  B 1  A 9");
  CHECK(value_text(*tile_of<std::uint8_t>(2, SampleDepth::u8, {7, 8}), 0, 0) == "7  A 8");
  CHECK(value_text(*tile_of<std::uint8_t>(1, SampleDepth::u8, {7, 8}), 1, 0) == "8");
  const auto deep = tile_of<std::uint16_t>(3, SampleDepth::u16, {256, 512, 65535});
  CHECK(value_text(*deep, 0, 0) == "R 65535  G 512  B 256");
  CHECK(deep->rgba == Rgba{255, 2, 1, 255});
  const auto real = tile_of<float>(1, SampleDepth::f32, {0.25F, 3.5F});
  CHECK(value_text(*real, 1, 0) == "3.5");
  CHECK(real->rgba == Rgba{64, 64, 64, 255, 255, 255, 255, 255});
}

TEST_CASE("a tile is complete when all its rows have come, in any order and though some come twice") {
  const Picture picture{300, 300, {SampleDepth::u8, 1}, 1, {}};
  const Region region{10, 20, 200, 100};
  Assembly assembly(picture, 0, tiles_of(region, 0), region);
  std::vector<std::uint8_t> samples(200 * 50);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<std::uint8_t>(i % 200);
  const auto add = [&](int y) {
    return assembly.add({{10, y, 200, 50}, {SampleDepth::u8, 1}, std::as_bytes(std::span(samples))});
  };
  CHECK(add(70).empty());
  CHECK(add(70).empty());
  const auto tiles = add(20);
  REQUIRE(tiles.size() == 1);
  CHECK(tiles.front()->place == region);
  CHECK(value_text(*tiles.front(), 150, 99) == "150");
  CHECK(add(20).empty());
}

}  // namespace
}  // namespace tilework::client
