#include "client/preview/pixels.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>

namespace tilework::client {
namespace {

std::uint8_t to_byte(std::uint8_t value) {
  return value;
}
std::uint8_t to_byte(std::uint16_t value) {
  return static_cast<std::uint8_t>(value >> 8);
}
std::uint8_t to_byte(float value) {
  return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0F, 1.0F) * 255));  // NaN: 0
}

template <class Sample, int channels>
void convert(const std::byte* pixels, std::size_t count, std::uint8_t* to) {
  for (std::size_t i = 0; i < count; ++i, to += 4) {
    Sample from[channels];
    std::memcpy(from, pixels + i * sizeof(from), sizeof(from));
    constexpr bool is_colour = channels >= 3;
    to[0] = to_byte(from[is_colour ? 2 : 0]);
    to[1] = to_byte(from[is_colour ? 1 : 0]);
    to[2] = to_byte(from[0]);
    to[3] = channels % 2 == 0 ? to_byte(from[channels - 1]) : std::uint8_t{255};
  }
}

template <class Sample>
void convert(const std::byte* pixels, std::size_t count, int channels, std::uint8_t* to) {
  if (channels == 1) convert<Sample, 1>(pixels, count, to);
  if (channels == 2) convert<Sample, 2>(pixels, count, to);
  if (channels == 3) convert<Sample, 3>(pixels, count, to);
  if (channels == 4) convert<Sample, 4>(pixels, count, to);
}

std::string sample_text(const std::byte* at, SampleDepth depth) {
  std::array<char, 32> text{};
  if (depth == SampleDepth::u16) {
    std::uint16_t value = 0;
    std::memcpy(&value, at, sizeof(value));
    return std::to_string(value);
  }
  float value = 0;
  std::memcpy(&value, at, sizeof(value));
  std::snprintf(text.data(), text.size(), "%.4g", static_cast<double>(value));
  return text.data();
}

}  // namespace

void to_rgba(std::span<const std::byte> pixels, SampleFormat format, std::uint8_t* to) {
  const std::size_t count = pixels.size() / static_cast<std::size_t>(format.bytes());
  if (format.depth == SampleDepth::u8) {
    convert<std::uint8_t>(pixels.data(), count, format.channels, to);
  } else if (format.depth == SampleDepth::u16) {
    convert<std::uint16_t>(pixels.data(), count, format.channels, to);
  } else {
    convert<float>(pixels.data(), count, format.channels, to);
  }
}

std::string value_text(const PreviewTile& tile, int x, int y) {
  const SampleFormat& format = tile.format;
  const bool is_colour = format.channels >= 3;
  const auto pixel =
      static_cast<std::size_t>(y) * static_cast<std::size_t>(tile.place.width) + static_cast<std::size_t>(x);
  const std::byte* samples = tile.pixels.data() + pixel * static_cast<std::size_t>(format.bytes());
  const std::uint8_t* rgba = tile.rgba.data() + pixel * 4;
  // Of the channels in the file's order, and in that of the screen.
  const auto sample = [&](int channel, int on_screen) {
    if (format.depth == SampleDepth::u8) return std::to_string(rgba[on_screen]);
    return sample_text(samples + static_cast<std::ptrdiff_t>(channel) * bytes_of(format.depth), format.depth);
  };
  std::string text =
      is_colour ? "R " + sample(2, 0) + "  G " + sample(1, 1) + "  B " + sample(0, 2) : sample(0, 0);
  if (format.channels % 2 == 0) text += "  A " + sample(format.channels - 1, 3);
  return text;
}

void Histogram::add(const PreviewTile& tile) {
  if (tile.format.channels >= 3) is_gray = false;
  for (std::size_t i = 0; i + 3 < tile.rgba.size(); i += 4) {
    ++counts[0][tile.rgba[i]];
    ++counts[1][tile.rgba[i + 1]];
    ++counts[2][tile.rgba[i + 2]];
  }
}

}  // namespace tilework::client
