#include "tests/hostile/tiff_bytes.h"

namespace tilework::test {
namespace {

std::string little_endian(std::uint32_t number, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(number >> (8 * i));
  return text;
}

constexpr int as_long = 4;              // the tags' type
constexpr std::uint32_t directory = 8;  // where it lies

std::string file_of(const TiffTags& tags, std::uint32_t count_of_strips, std::uint32_t next,
                    const std::string& packed) {
  std::string bytes = "II" + little_endian(42, 2) + little_endian(directory, 4);
  bytes += little_endian(static_cast<std::uint32_t>(tags.size()), 2);
  for (const auto& [tag, value] : tags) {
    bytes += little_endian(tag, 2) + little_endian(as_long, 2);
    bytes += little_endian(tag == tiff_strip_offsets ? count_of_strips : 1, 4) + little_endian(value, 4);
  }
  return bytes + little_endian(next, 4) + packed;
}

TiffTags tags_of(std::uint32_t width, std::uint32_t height, std::size_t packed) {
  TiffTags tags{{256, width}, {257, height}, {258, 8},
                {259, 8},     {262, 1},      {273, 0},
                {277, 1},     {278, height}, {279, static_cast<std::uint32_t>(packed)}};
  tags[tiff_strip_offsets] = directory + 2 + 12 * static_cast<std::uint32_t>(tags.size()) + 4;
  return tags;
}

}  // namespace

std::string tiff_with(std::uint32_t width, std::uint32_t height, const TiffTags& others,
                      const std::string& packed) {
  TiffTags tags = others;
  tags.merge(tags_of(width, height, packed.size()));
  return file_of(tags, 1, 0, packed);
}

std::string tiff_of(std::uint32_t width, std::uint32_t height, const std::string& packed) {
  return tiff_with(width, height, {}, packed);
}

// Pixels of zero, packed by deflate, in 8 rows of 8: see RFC 1950 and 1951.
std::string tiff_that_goes_round() {
  const std::string packed("\x78\x9c\x63\x60\xa0\x3d\x00\x00\x00\x40\x00\x01", 12);
  return file_of(tags_of(8, 8, packed.size()), 1, directory, packed);
}

std::string tiff_with_count(std::uint32_t strips) {
  return file_of(tags_of(8, 8, 12), strips, 0, std::string(12, '\0'));
}

}  // namespace tilework::test
