#include "server/imageio/bmp/bmp_metadata.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "server/imageio/bmp/bmp_header.h"
#include "server/imageio/metadata/byte_order.h"
#include "server/imageio/rows/read_at.h"

namespace tilework::imageio {
namespace {

// Positions in the headers, counted from the file's beginning.
constexpr std::size_t info = 14, pixel_bits = 28, per_metre = 38, colour_type = 70, endpoints = 74,
                      gammas = 110, profile = 126;
constexpr std::uint32_t size_v3 = 40, size_v4 = 108, size_v5 = 124;
constexpr std::uint32_t calibrated = 0, embedded = 0x4D424544;  // of colour_type

std::optional<Resolution> resolution_of(std::string_view start) {
  const auto x = static_cast<std::int32_t>(little_at(start, per_metre, 4));
  const auto y = static_cast<std::int32_t>(little_at(start, per_metre + 4, 4));
  if (x <= 0 || y <= 0) return std::nullopt;
  return Resolution{x / 100.0, y / 100.0, Resolution::Unit::centimetre};
}

using Colour = std::array<double, 3>;  // CIE XYZ

Colour endpoint(std::string_view start, std::size_t index) {
  Colour colour;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto fixed = static_cast<std::int32_t>(little_at(start, endpoints + 12 * index + 4 * i, 4));
    colour[i] = fixed / double(1 << 30);
  }
  return colour;
}

double sum(const Colour& colour) {
  return colour[0] + colour[1] + colour[2];
}

// The endpoints are colours whose sum is white, or, as many writers have it, chromaticities, which say
// nothing of white; that is taken as D65 then.
std::optional<std::array<double, 8>> chromaticities_of(std::string_view start) {
  const std::array<Colour, 3> colours{endpoint(start, 0), endpoint(start, 1), endpoint(start, 2)};
  std::array<double, 8> out{0.3127, 0.3290};
  Colour white{};
  bool are_chromaticities = true;
  for (std::size_t i = 0; i < 3; ++i) {
    const double whole = sum(colours[i]);
    if (!(whole > 0.01) || std::ranges::any_of(colours[i], [](double v) { return v < 0; }))
      return std::nullopt;
    out[2 + 2 * i] = colours[i][0] / whole;
    out[3 + 2 * i] = colours[i][1] / whole;
    are_chromaticities = are_chromaticities && std::abs(whole - 1) < 0.01;
    for (std::size_t c = 0; c < 3; ++c) white[c] += colours[i][c];
  }
  if (!are_chromaticities) {
    out[0] = white[0] / sum(white);
    out[1] = white[1] / sum(white);
  }
  return out;
}

// The exponents that samples become light by; one for all channels, or none.
std::optional<double> gamma_of(std::string_view start) {
  const std::uint32_t red = little_at(start, gammas, 4);
  const bool is_one = red == little_at(start, gammas + 4, 4) && red == little_at(start, gammas + 8, 4);
  if (red == 0 || !is_one) return std::nullopt;
  return 65536.0 / red;
}

std::string profile_of(int fd, std::string_view start) {
  const std::int64_t at = std::int64_t{info} + little_at(start, profile, 4);
  const std::size_t size = little_at(start, profile + 4, 4);
  if (size > largest_chunk) return {};
  std::string bytes = read_at(fd, size, at);
  return bytes.size() == size ? bytes : std::string();
}

}  // namespace

FileMetadata read_bmp_metadata(int fd) {
  FileMetadata file;
  file.storage.format = "bmp";
  const std::string start = read_at(fd, info + size_v5, 0);
  const std::uint32_t size = little_at(start, info, 4);
  if (size < size_v3 || start.size() < std::min<std::size_t>(info + size, info + size_v5)) return file;
  const std::uint32_t bits = little_at(start, pixel_bits, 2);
  file.storage.bits = bits < 8 ? static_cast<int>(bits) : 0;
  file.storage.palette = bits <= 8;
  file.metadata.resolution = resolution_of(start);
  const std::uint32_t type = little_at(start, colour_type, 4);
  if (size >= size_v4 && type == calibrated) {
    file.metadata.colours.gamma = gamma_of(start);
    file.metadata.colours.chromaticities = chromaticities_of(start);
  }
  if (size >= size_v5 && type == embedded) file.metadata.icc = profile_of(fd, start);
  return file;
}

DotsPerMetre dots_per_metre(const Metadata& metadata) {
  if (!metadata.resolution || metadata.resolution->unit == Resolution::Unit::none) return {};
  const double scale = metadata.resolution->unit == Resolution::Unit::inch ? 1 / 0.0254 : 100;
  const double x = std::round(metadata.resolution->x * scale);
  const double y = std::round(metadata.resolution->y * scale);
  constexpr double most = 0x7FFFFFFF;
  if (!(x >= 1 && y >= 1 && x <= most && y <= most)) return {};
  return {static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y)};
}

}  // namespace tilework::imageio
