#include "server/imageio/jpeg/jpeg_header.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "server/imageio/metadata/vips_metadata.h"
#include "server/imageio/rows/write_at.h"
#include "server/imageio/vips/vips_pointer.h"

namespace tilework::imageio {
namespace {

// Numbers of an EXIF block in either order of bytes, counted from its TIFF header (CIPA DC-008, 4.5).
class Exif {
 public:
  explicit Exif(std::span<char> block) : block_(block), is_little_(block.size() > 0 && block[0] == 'I') {}

  // The width and height of the image, where libvips always puts them.
  void set_size(cv::Size size) {
    constexpr unsigned sub_directory = 0x8769, pixel_width = 0xA002, pixel_height = 0xA003;
    const std::size_t first = get(4, 4);
    if (const auto at = find(first, sub_directory); at != 0) {
      const std::size_t directory = get(at + 8, 4);
      set_value(find(directory, pixel_width), static_cast<unsigned>(size.width));
      set_value(find(directory, pixel_height), static_cast<unsigned>(size.height));
    }
  }

 private:
  // Where a tag's entry of 12 bytes stands, or 0.
  std::size_t find(std::size_t directory, unsigned tag) const {
    const std::size_t count = get(directory, 2);
    for (std::size_t at = directory + 2; at < directory + 2 + count * 12; at += 12) {
      if (get(at, 2) == tag) return at;
    }
    return 0;
  }

  void set_value(std::size_t entry, unsigned value) {
    constexpr unsigned short_type = 3;
    if (entry != 0) set(entry + 8, get(entry + 2, 2) == short_type ? 2 : 4, value);
  }

  unsigned get(std::size_t at, int bytes) const {
    unsigned value = 0;
    for (int i = 0; i < bytes; ++i) {
      const std::size_t place = at + static_cast<std::size_t>(is_little_ ? bytes - 1 - i : i);
      value = value << 8 | (place < block_.size() ? static_cast<unsigned char>(block_[place]) : 0U);
    }
    return value;
  }

  void set(std::size_t at, int bytes, unsigned value) {
    if (at + static_cast<std::size_t>(bytes) > block_.size()) return;
    for (int i = 0; i < bytes; ++i) {
      block_[at + static_cast<std::size_t>(is_little_ ? i : bytes - 1 - i)] =
          static_cast<char>(value >> 8 * i);
    }
  }

  std::span<char> block_;
  bool is_little_;
};

[[noreturn]] void fail() {
  vips_error_clear();
  refuse_to_write(0);
}

// A file of one pixel.
std::string small_file(PixelFormat format, const Metadata& metadata, bool& profile_kept) {
  VipsImage* made = nullptr;
  if (vips_black(&made, 1, 1, "bands", format.channels, nullptr) != 0) fail();
  const Owned<VipsImage> image(made);
  image->Type = format.channels == 1 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
  profile_kept = apply_to(metadata, image.get(), format.colour_channels());
  void* bytes = nullptr;
  std::size_t size = 0;
  if (vips_jpegsave_buffer(image.get(), &bytes, &size, nullptr) != 0) fail();
  const std::unique_ptr<void, decltype(&g_free)> owner(bytes, g_free);
  return {static_cast<const char*>(bytes), size};
}

}  // namespace

// libvips changes nothing but the size in EXIF for an image of another size.
std::string jpeg_header(cv::Size size, PixelFormat format, const Metadata& metadata, bool& profile_kept) {
  constexpr unsigned char tables = 0xDB, exif = 0xE1;
  constexpr std::string_view exif_name("Exif\0\0", 6);
  std::string file = small_file(format, metadata, profile_kept);
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(file[at]); };
  std::size_t at = 2;
  while (at + 4 <= file.size() && byte(at + 1) != tables) {
    const std::size_t length = std::size_t{byte(at + 2)} << 8 | byte(at + 3);
    if (at + 2 + length > file.size()) fail();
    const std::span body = std::span(file).subspan(at + 4, length - 2);
    if (byte(at + 1) == exif && std::string_view(body.data(), body.size()).starts_with(exif_name)) {
      Exif(body.subspan(exif_name.size())).set_size(size);
    }
    at += 2 + length;
  }
  file.resize(at);
  return file;
}

}  // namespace tilework::imageio
