#include "server/imageio/tiff/tiff_metadata.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include <sys/stat.h>

#include "server/imageio/metadata/directory.h"
#include "server/imageio/metadata/exif.h"
#include "server/imageio/metadata/geo.h"
#include "server/imageio/metadata/imagej.h"
#include "server/imageio/metadata/texts.h"
#include "server/imageio/rows/write_at.h"

namespace tilework::imageio {
namespace {

constexpr std::uint16_t orientation = 274, layers = 37724, page_name = 285, page_number = 297,
                        photometric = 262, transfer_function = 301, ink_names = 333;

// How pixels are stored, where they lie, and what was counted of them: another file's pixels are others.
const std::set<std::uint16_t>& storing_tags() {
  static const std::set<std::uint16_t> tags{
      254, 255, 256, 257, 258, 259,   262,   263,   264,   265,   266,   273,   277,   278,  279,
      280, 281, 284, 288, 289, 290,   291,   292,   293,   297,   317,   320,   321,   322,  323,
      324, 325, 326, 327, 328, 330,   332,   333,   334,   336,   338,   339,   340,   341,  342,
      343, 344, 345, 346, 347, 351,   512,   513,   514,   515,   517,   518,   519,   520,  521,
      529, 530, 531, 532, 559, 34232, 34675, 34925, 32995, 32996, 32997, 32998, 32781, 65535};
  return tags;
}

// DNG's, up to version 1.7. Between them lie those of other programs, which are kept: ImageJ's, GDAL's,
// MicroManager's.
bool is_of_raw_picture(std::uint16_t tag) {
  constexpr std::array<std::pair<int, int>, 10> ranges{{{50706, 50741},
                                                        {50778, 50781},
                                                        {50827, 50834},
                                                        {50879, 50879},
                                                        {50931, 50982},
                                                        {51008, 51022},
                                                        {51041, 51114},
                                                        {51125, 51125},
                                                        {51177, 51182},
                                                        {52525, 52553}}};
  return std::ranges::any_of(ranges,
                             [tag](const auto& range) { return tag >= range.first && tag <= range.second; });
}

bool describes(std::uint16_t tag) {
  return !storing_tags().contains(tag) && !is_of_raw_picture(tag) && tag != layers;
}

std::string take(Directory& said, std::uint16_t tag) {
  const auto found = said.fields.find(tag);
  if (found == said.fields.end()) return {};
  std::string bytes = std::move(found->second.values);
  said.fields.erase(found);
  return bytes;
}

// Some writers call the records whole numbers of 32 bit and swap their bytes, some call them so and don't.
std::string take_iptc(Directory& said) {
  constexpr char record_start = 0x1C;
  std::string bytes = take(said, tag::iptc);
  if (bytes.empty() || bytes[0] == record_start || bytes.size() < 4 || bytes[3] != record_start) return bytes;
  for (std::size_t i = 0; i + 4 <= bytes.size(); i += 4) {
    std::swap(bytes[i], bytes[i + 3]);
    std::swap(bytes[i + 1], bytes[i + 2]);
  }
  return bytes;
}

// What a directory says of its picture, and the profile.
Directory said_at(const ReadAt& read, const TiffOrder& order, std::uint64_t at) {
  const auto is_wanted = [](std::uint16_t tag) { return tag == tag::icc || describes(tag); };
  return read_directory(read, order, at, is_wanted).value_or(Directory{});
}

// A thumbnail in front carries what is said of the whole file; its own size and place on the map are others.
void add_said_in_front(Directory& to, Directory front) {
  std::set<std::uint16_t> own = geo_tags();
  own.insert({tag::x_resolution, tag::y_resolution, tag::resolution_unit, page_name, tag::gdal_nodata,
              transfer_function, imagej_sizes, imagej_data});
  std::erase_if(front.fields, [&own](const auto& entry) { return own.contains(entry.first); });
  to.fields.merge(front.fields);
  for (auto& [tag, inner] : front.inner) to.inner[tag].fields.merge(inner.fields);
}

// Notes what of the directory isn't kept, but for how its pixels are stored.
void note_left_out(const Directory& directory, std::vector<std::string>& notes) {
  if (directory.find(layers) != nullptr) {
    notes.emplace_back("Photoshop's layers were left out: only the flat picture is used");
  }
  if (directory.find(ink_names) != nullptr) {
    notes.emplace_back("the names of inks were left out: the result has no inks");
  }
}

// The transfer function is about the samples that the file has.
bool keeps_samples(const Directory& directory) {
  const auto meaning = directory.number(photometric);
  return meaning && (*meaning == 1 || *meaning == 2 || *meaning == 6);  // gray, RGB, YCbCr
}

void add_bytes(Directory& to, std::uint16_t tag, FieldType type, const std::string& bytes) {
  if (!bytes.empty()) to.fields[tag] = Field::bytes(type, bytes);
}

// The tags of an EXIF block that a TIFF's own directory can have.
Directory fields_of(const Metadata& metadata) {
  Directory first = read_first_directory(metadata.exif).value_or(Directory{});
  std::erase_if(first.fields, [](const auto& entry) { return !describes(entry.first); });
  first.fields.erase(orientation);
  if (metadata.resolution) {
    for (auto& [tag, field] : fields_of(*metadata.resolution).fields) first.fields[tag] = std::move(field);
  }
  add_bytes(first, tag::xmp, FieldType::byte, metadata.xmp);
  add_bytes(first, tag::iptc, FieldType::u32, metadata.iptc);
  add_bytes(first, tag::photoshop, FieldType::byte, metadata.photoshop);
  add_bytes(first, tag::icc, FieldType::undefined, metadata.icc);
  return first;
}

}  // namespace

Metadata read_tiff_metadata(int fd, std::uint64_t directory, std::vector<std::string>& notes) {
  Metadata metadata;
  const ReadAt read = read_of(fd);
  const auto start = read_start(read);
  if (!start) return metadata;
  const std::uint64_t at = directory != 0 ? directory : start->first;
  Directory said = said_at(read, start->order, at);
  if (at != start->first) add_said_in_front(said, said_at(read, start->order, start->first));
  metadata.icc = take(said, tag::icc);
  metadata.xmp = take(said, tag::xmp);
  metadata.iptc = take_iptc(said);
  metadata.photoshop = take(said, tag::photoshop);
  metadata.resolution = resolution_of(said);
  const auto is_noted = [](std::uint16_t tag) {
    return tag == layers || tag == ink_names || tag == photometric;
  };
  const Directory other = read_directory(read, start->order, at, is_noted).value_or(Directory{});
  note_left_out(other, notes);
  if (!keeps_samples(other) && !take(said, transfer_function).empty()) {
    notes.emplace_back("the transfer function was left out: it is about samples of another kind");
  }
  if (start->order.big_endian && !swap_imagej_data(said)) {
    notes.emplace_back("ImageJ's own data (labels, ranges, overlays) were left out: they are damaged");
  }
  if (!said.empty()) metadata.exif = block_of(said);
  return metadata;
}

void write_tiff_metadata(int fd, const Metadata& metadata, std::vector<std::string>& notes) {
  static const std::set<std::uint16_t> ours{
      tag::description, tag::x_resolution, tag::y_resolution, tag::resolution_unit,
      tag::xmp,         tag::iptc,         tag::photoshop,    tag::icc,
      orientation,      page_name,         page_number};
  Metadata placed = metadata;
  place_texts_in_exif(placed, notes);
  const ReadAt read = read_of(fd);
  const auto start = read_start(read);
  struct stat status {};
  if (!start || ::fstat(fd, &status) != 0) refuse_to_write(0);
  const auto end = static_cast<std::uint64_t>(status.st_size);
  const std::uint64_t at = end + end % 2;
  const auto moved = relocated(read, *start, ours, fields_of(placed), at);
  if (!moved) refuse_to_write(0);
  const std::string offset = start->order.bytes_of(moved->directory_at, start->order.offset_bytes());
  for (const auto& [bytes, place] :
       {std::pair{moved->bytes, at}, std::pair{offset, start->order.first_at()}}) {
    if (const int error = write_at(fd, bytes.data(), bytes.size(), static_cast<std::int64_t>(place));
        error != 0) {
      refuse_to_write(error);
    }
  }
}

}  // namespace tilework::imageio
