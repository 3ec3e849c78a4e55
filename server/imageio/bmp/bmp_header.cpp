#include "server/imageio/bmp/bmp_header.h"

#include <algorithm>
#include <array>
#include <limits>

#include "schema/model/error.h"
#include "server/imageio/bmp/bmp_metadata.h"
#include "server/imageio/rows/allowed.h"

namespace tilework::imageio {
namespace {

constexpr std::size_t file_header_size = 14;
constexpr std::uint32_t uncompressed = 0;
constexpr std::uint32_t bitfields = 3;
constexpr std::array<std::uint32_t, 3> rgb_masks{0x00ff0000, 0x0000ff00, 0x000000ff};
constexpr std::uint32_t alpha_mask = 0xff000000;

// Little-endian numbers at byte positions; beyond the end is the file's fault.
class Bytes {
 public:
  Bytes(std::span<const unsigned char> bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  std::uint32_t u8(std::size_t at) const {
    if (at >= bytes_.size()) throw UserError(name_ + " is cut short: it ends inside its header");
    return bytes_[at];
  }
  std::uint32_t u16(std::size_t at) const { return u8(at) | u8(at + 1) << 8; }
  std::uint32_t u32(std::size_t at) const { return u16(at) | u16(at + 2) << 16; }
  std::int64_t i32(std::size_t at) const { return static_cast<std::int32_t>(u32(at)); }

 private:
  std::span<const unsigned char> bytes_;
  const std::string& name_;
};

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw UserError(name + " can't be read: " + why);
}

bool is_gray(const std::vector<cv::Vec3b>& palette) {
  return std::ranges::all_of(palette, [](const cv::Vec3b& c) { return c[0] == c[1] && c[1] == c[2]; });
}

void read_palette(const Bytes& bytes, std::size_t at, std::size_t colours, std::size_t entry,
                  BmpHeader& header) {
  for (std::size_t i = 0; i < colours; ++i, at += entry) {
    header.palette.emplace_back(bytes.u8(at), bytes.u8(at + 1), bytes.u8(at + 2));
  }
  header.format.channels = is_gray(header.palette) ? 1 : 3;
}

// Whether the fourth byte is alpha.
bool read_masks(const Bytes& bytes, std::size_t info_size, const std::string& name) {
  // In the larger headers the masks stand where they follow the smaller one.
  for (std::size_t i = 0; i < 3; ++i) {
    if (bytes.u32(file_header_size + 40 + 4 * i) != rgb_masks[i]) {
      refuse(name, "its colours are packed in an unusual order; save it as 24-bit BMP or as PNG");
    }
  }
  return info_size >= 56 && bytes.u32(file_header_size + 52) == alpha_mask;
}

void put(std::vector<unsigned char>& bytes, std::uint32_t value, int size) {
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<unsigned char>(value >> (8 * i)));
}

// The part of the header that is about colours: masks of channels, and where the profile stands, counted from
// the header that follows the file's own.
void put_colours(std::vector<unsigned char>& bytes, std::uint32_t info_size, int channels,
                 std::uint32_t profile_at, std::uint32_t profile_size) {
  constexpr std::uint32_t srgb = 0x73524742, embedded = 0x4D424544, images = 4;
  for (const std::uint32_t mask : rgb_masks) put(bytes, channels == 4 ? mask : 0, 4);
  put(bytes, channels == 4 ? alpha_mask : 0, 4);
  put(bytes, profile_size > 0 ? embedded : srgb, 4);
  if (profile_size > 0) {
    bytes.resize(file_header_size + 108);
    put(bytes, images, 4);  // what the colours are for
    put(bytes, profile_at - std::uint32_t{file_header_size}, 4);
    put(bytes, profile_size, 4);
  }
  bytes.resize(file_header_size + info_size);
}

}  // namespace

BmpHeader parse_bmp_header(std::span<const unsigned char> start, const std::string& name) {
  const Bytes bytes(start, name);
  BmpHeader header;
  header.pixels_at = bytes.u32(10);
  const std::size_t info_size = bytes.u32(14);
  const bool core = info_size == 12;  // OS/2's: 16-bit sizes, palette entries of 3 bytes
  if (!core && info_size != 40 && info_size != 52 && info_size != 56 && info_size != 108 &&
      info_size != 124) {
    refuse(name, "its BMP header is of an unknown kind; save it as PNG");
  }
  const std::int64_t width = core ? bytes.u16(18) : bytes.i32(18);
  const std::int64_t height = core ? bytes.u16(20) : bytes.i32(22);
  header.bits = static_cast<int>(bytes.u16(core ? 24 : 28));
  const std::uint32_t compression = core ? uncompressed : bytes.u32(30);
  header.top_down = height < 0;
  const std::int64_t rows = std::abs(height);
  if (width < 1 || rows < 1 || rows > std::numeric_limits<int>::max()) refuse_size(name, width, height);
  header.size = cv::Size(static_cast<int>(width), static_cast<int>(rows));

  if (compression != uncompressed && !(compression == bitfields && header.bits == 32)) {
    refuse(name, "compressed BMP isn't supported; save it as uncompressed BMP or as PNG");
  }
  const std::size_t info_end = file_header_size + info_size;
  switch (header.bits) {
    case 1:
    case 4:
    case 8: {
      const std::size_t largest = std::size_t{1} << header.bits;
      const std::size_t used = core ? 0 : bytes.u32(46);
      if (used > largest) refuse(name, "its palette is larger than its pixels can name");
      read_palette(bytes, info_end, used == 0 ? largest : used, core ? 3 : 4, header);
      break;
    }
    case 24:
      break;
    case 32:
      if (compression == bitfields && read_masks(bytes, info_size, name)) header.format.channels = 4;
      break;
    default:
      refuse(name, "BMP with " + std::to_string(header.bits) +
                       " bits a pixel isn't supported; save it as 24-bit BMP or as PNG");
  }
  if (header.pixels_at < static_cast<std::int64_t>(info_end)) refuse(name, "its pixels begin in its header");
  return header;
}

std::vector<unsigned char> make_bmp_header(cv::Size size, int channels, const Metadata& metadata) {
  const std::uint32_t info_size = !metadata.icc.empty() ? 124 : channels == 4 ? 108 : 40;
  const std::uint32_t colours = channels == 1 ? 256 : 0;
  const std::uint32_t pixels_at = file_header_size + info_size + 4 * colours;
  const std::int64_t pixel_bytes = BmpHeader::row_bytes(size.width, 8 * channels) * size.height;
  const auto profile_size = static_cast<std::int64_t>(metadata.icc.size());
  if (pixel_bytes + pixels_at + profile_size > std::numeric_limits<std::uint32_t>::max()) {
    throw UserError("the image is too large for a BMP file, which ends at 4 GiB; choose tiff or png");
  }
  const std::int64_t profile_at = pixel_bytes + pixels_at;
  const DotsPerMetre dots = dots_per_metre(metadata);
  std::vector<unsigned char> bytes{'B', 'M'};
  put(bytes, static_cast<std::uint32_t>(profile_at + profile_size), 4);
  put(bytes, 0, 4);
  put(bytes, pixels_at, 4);
  put(bytes, info_size, 4);
  put(bytes, static_cast<std::uint32_t>(size.width), 4);
  put(bytes, static_cast<std::uint32_t>(size.height), 4);
  put(bytes, 1, 2);  // planes
  put(bytes, static_cast<std::uint32_t>(8 * channels), 2);
  put(bytes, channels == 4 ? bitfields : uncompressed, 4);
  put(bytes, static_cast<std::uint32_t>(pixel_bytes), 4);
  put(bytes, dots.x, 4);
  put(bytes, dots.y, 4);
  put(bytes, colours, 4);
  put(bytes, 0, 4);  // important colours: all
  if (info_size > 40) {
    put_colours(bytes, info_size, channels, static_cast<std::uint32_t>(profile_at),
                static_cast<std::uint32_t>(profile_size));
  }
  for (std::uint32_t level = 0; level < colours; ++level) put(bytes, level * 0x010101, 4);
  return bytes;
}

}  // namespace tilework::imageio
