// Directories of fields as TIFF files and EXIF blocks have them (TIFF 6.0, section 2; CIPA DC-008, 4.5; the
// BigTIFF design), read and written value by value. Nothing in a file is trusted: what makes no sense is left
// out, and a directory's fields take at most 64 MiB. Pure values; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tilework::imageio {

namespace tag {
inline constexpr std::uint16_t image_width = 256, image_height = 257, description = 270, orientation = 274,
                               x_resolution = 282, y_resolution = 283, resolution_unit = 296, artist = 315,
                               copyright = 33432, software = 305, document_name = 269, xmp = 700,
                               iptc = 33723, photoshop = 34377, icc = 34675, exif = 34665, gps = 34853,
                               interop = 40965, pixel_width = 40962, pixel_height = 40963,
                               user_comment = 37510, gdal_nodata = 42113;
}

enum class FieldType : std::uint16_t {
  byte = 1,
  ascii = 2,
  u16 = 3,
  u32 = 4,
  rational = 5,
  undefined = 7,
  f64 = 12,
};

struct Field {
  std::uint16_t type = 0;
  std::uint64_t count = 0;
  std::string values;  // in the order of bytes of this machine

  static Field text(std::string_view text);  // with its zero byte
  static Field bytes(FieldType type, std::string_view bytes);
  static Field number(FieldType type, std::uint32_t value);  // u16 or u32
  static Field rational(double value);
  static Field doubles(const std::vector<double>& values);

  // As numbers, whatever the type; empty for text.
  std::vector<double> numbers() const;
  // As numbers of bytes, places or bits are written; empty if one isn't whole, or is below 0 or above 2^53.
  std::vector<std::uint64_t> wholes() const;
  // Up to the first zero byte.
  std::string text() const;
  friend bool operator==(const Field&, const Field&) = default;
};

struct Directory {
  std::map<std::uint16_t, Field> fields;
  std::map<std::uint16_t, Directory>
      inner;  // EXIF's, GPS's and interoperability's, by the tag that names them

  const Field* find(std::uint16_t tag) const;
  // The first number of a field.
  std::optional<double> number(std::uint16_t tag) const;
  bool empty() const { return fields.empty() && inner.empty(); }
  friend bool operator==(const Directory&, const Directory&) = default;
};

// Bytes at a position, as many as asked for; nothing where there are fewer.
using ReadAt = std::function<std::optional<std::string>(std::uint64_t at, std::size_t bytes)>;
ReadAt read_of(std::string_view block);  // which outlives it
ReadAt read_of(int fd);                  // the same

// How numbers are written.
struct TiffOrder {
  bool big_endian = false;
  bool large = false;  // BigTIFF

  std::size_t count_bytes() const { return large ? 8 : 2; }
  std::size_t entry_bytes() const { return large ? 20 : 12; }
  std::size_t offset_bytes() const { return large ? 8 : 4; }
  std::uint64_t first_at() const { return large ? 8 : 4; }  // where the offset of the first directory stands
  std::uint64_t number(std::string_view bytes) const;
  std::string bytes_of(std::uint64_t number, std::size_t size) const;
};

struct TiffStart {
  TiffOrder order;
  std::uint64_t first = 0;  // the first directory
};

// None if it is no TIFF structure.
std::optional<TiffStart> read_start(const ReadAt& read);

// The directory at `at` with those inside it; fields of which `is_wanted` says no aren't read. None if there
// is none.
std::optional<Directory> read_directory(const ReadAt& read, const TiffOrder& order, std::uint64_t at,
                                        const std::function<bool(std::uint16_t)>& is_wanted);
// All of the first one.
std::optional<Directory> read_first_directory(std::string_view block);

// The directory as bytes for the position `at` of a structure; `directory_at` is where it starts itself,
// behind its values; `next` the one after it.
std::string bytes_of_directory(const Directory& directory, const TiffOrder& order, std::uint64_t at,
                               std::uint64_t& directory_at, std::uint64_t next = 0);

// A structure of its own, without a second directory.
std::string block_of(const Directory& directory);

// A directory of a structure with changes, as bytes for its end: what doesn't change stays where it is.
struct Relocated {
  std::string bytes;  // for the position that was asked for
  std::uint64_t directory_at = 0;
};
std::optional<Relocated> relocated(const ReadAt& read, const TiffStart& start,
                                   const std::set<std::uint16_t>& removed, const Directory& added,
                                   std::uint64_t at);

}  // namespace tilework::imageio
