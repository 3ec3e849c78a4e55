#include "server/imageio/tiff/tiff_layout.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include <unistd.h>

namespace tilework::imageio {
namespace {

constexpr std::uint64_t most_entries = 4096;  // of a directory; real ones have some dozens

// Tags, and values of theirs.
constexpr std::uint64_t photometric = 262;
constexpr std::uint64_t ycbcr = 6;
constexpr std::uint64_t rows_per_strip = 278;
constexpr std::uint64_t planar = 284;
constexpr std::uint64_t together = 1;
constexpr std::uint64_t tile_length = 323;

// Numbers of either byte order at positions in the file; none beyond its end.
class Numbers {
 public:
  Numbers(int fd, bool big_endian) : fd_(fd), big_endian_(big_endian) {}

  std::optional<std::uint64_t> at(std::uint64_t position, std::size_t size) const {
    std::array<unsigned char, 8> bytes{};
    if (pread(fd_, bytes.data(), size, static_cast<off_t>(position)) != static_cast<ssize_t>(size)) return {};
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value = value << 8 | bytes[big_endian_ ? i : size - 1 - i];
    return value;
  }

 private:
  int fd_;
  bool big_endian_;
};

struct Layout {
  std::optional<std::uint64_t> strip_rows;  // a file that doesn't say has one strip
  std::uint64_t tile_rows = 0;
  bool apart = false;  // a plane for each colour, or YCbCr
};

// Bytes of a value of a field type that libtiff takes for a whole number; 0 for other types.
std::size_t size_of_type(std::uint64_t type) {
  switch (type) {
    case 1:  // BYTE, SBYTE
    case 6:
      return 1;
    case 3:  // SHORT, SSHORT
    case 8:
      return 2;
    case 4:  // LONG, SLONG
    case 9:
      return 4;
    case 16:  // LONG8, SLONG8
    case 17:
      return 8;
    default:
      return 0;
  }
}

// The value of an entry that has one, in its place; nothing when libtiff would look elsewhere for it or leave
// it out.
std::optional<std::uint64_t> single_value(const Numbers& file, std::uint64_t entry, bool large) {
  const auto type = file.at(entry + 2, 2);
  const auto count = file.at(entry + 4, large ? 8 : 4);
  const std::size_t size = type ? size_of_type(*type) : 0;
  if (count != 1 || size == 0 || size > (large ? 8 : 4)) return {};
  return file.at(entry + (large ? 12 : 8), size);
}

// False when it can't be told what the file says. A tag that comes twice counts at its worst: then it doesn't
// matter which of them libtiff takes.
bool note_entry(const Numbers& file, std::uint64_t entry, bool large, Layout& layout) {
  const auto tag = file.at(entry, 2);
  if (!tag) return false;
  if (*tag != photometric && *tag != rows_per_strip && *tag != planar && *tag != tile_length) return true;
  const auto value = single_value(file, entry, large);
  if (!value) return false;
  if (*tag == photometric) layout.apart |= *value == ycbcr;
  if (*tag == planar) layout.apart |= *value != together;
  if (*tag == tile_length) layout.tile_rows = std::max(layout.tile_rows, *value);
  if (*tag == rows_per_strip) layout.strip_rows = std::max(layout.strip_rows.value_or(0), *value);
  return true;
}

std::optional<Layout> read_layout(int fd) {
  const auto order = Numbers(fd, true).at(0, 2);
  const Numbers file(fd, order == 0x4d4d);  // "MM"
  const bool large = file.at(2, 2) == 43;
  const auto directory = large ? file.at(8, 8) : file.at(4, 4);
  if (!directory) return {};
  const auto entries = file.at(*directory, large ? 8 : 2);
  if (!entries || *entries > most_entries) return {};
  Layout layout;
  for (std::uint64_t i = 0; i < *entries; ++i) {
    const std::uint64_t entry = *directory + (large ? 8 + 20 * i : 2 + 12 * i);
    if (!note_entry(file, entry, large, layout)) return {};
  }
  return layout;
}

}  // namespace

std::int64_t tiff_rows_held(int fd, int height) {
  const auto rows = static_cast<std::uint64_t>(height);
  const auto layout = read_layout(fd);
  std::uint64_t held = 0;
  if (!layout) {
    held = 2 * rows;
  } else if (layout->tile_rows > 0) {
    held = std::min(2 * std::min(layout->tile_rows, rows), rows);
  } else if (layout->apart) {
    held = 2 * std::min(layout->strip_rows.value_or(rows), rows);
  }
  return static_cast<std::int64_t>(held);
}

}  // namespace tilework::imageio
