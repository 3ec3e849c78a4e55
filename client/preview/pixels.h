// Pixels as a screen shows them, and what they say: values and histograms. Pure; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "client/preview/tile.h"

namespace tilework::client {

// Four bytes a pixel: red, green, blue, alpha. 16 bit lose their lower half; float is cut to 0 to 1.
// `to` has room for as many pixels.
void to_rgba(std::span<const std::byte> pixels, SampleFormat format, std::uint8_t* to);

// The samples of a pixel of the tile, of its row and column in it, in the file's own depth: "R 12  G 200  B
// 7", "0.512".
std::string value_text(const PreviewTile& tile, int x, int y);

struct Histogram {
  // Red, green, blue, by 8-bit value. Gray images have the same in all of them.
  std::array<std::array<std::uint32_t, 256>, 3> counts{};
  bool is_gray = true;

  void add(const PreviewTile& tile);
};

}  // namespace tilework::client
