#include "server/imageio/metadata/agree.h"

#include <string_view>
#include <utility>

#include "server/imageio/metadata/descriptions.h"
#include "server/imageio/metadata/directory.h"
#include "server/imageio/metadata/exif.h"
#include "server/imageio/metadata/geo.h"
#include "server/imageio/metadata/imagej.h"
#include "server/imageio/metadata/iptc.h"
#include "server/imageio/metadata/left_out.h"
#include "server/imageio/metadata/photoshop.h"
#include "server/imageio/metadata/xmp.h"

namespace tilework::imageio {
namespace {

constexpr std::uint16_t gdal_statistics = 42112, transfer_function = 301;

void turn_exif_geo(std::string& exif, int orientation, cv::Size stored, std::vector<std::string>& notes) {
  const auto first = read_first_directory(exif);
  if (!first || !has_geo_tags(*first)) return;
  Directory turned = *first;
  turn_geo(turned, orientation, stored, notes);
  Directory geo;
  for (const std::uint16_t tag : geo_tags()) {
    if (const Field* field = turned.find(tag)) geo.fields[tag] = *field;
  }
  exif = with_fields(exif, geo_tags(), geo);
}

void transpose_description(std::string& exif) {
  const auto first = read_first_directory(exif);
  const Field* field = first ? first->find(tag::description) : nullptr;
  if (field == nullptr) return;
  const std::string before = field->text(), after = transposed_description(before);
  if (after == before) return;
  Directory changed;
  changed.fields[tag::description] = Field::text(after);
  exif = with_fields(exif, {}, changed);
}

// What the first directory says about pages and pixels in words.
void agree_words(std::string& exif, cv::Size size, PixelFormat format) {
  const auto first = read_first_directory(exif);
  if (!first) return;
  Directory changed;
  if (const Field* field = first->find(tag::description)) {
    const std::string before = field->text(), after = agreeing_description(before, size, format);
    if (after != before) changed.fields[tag::description] = Field::text(after);
  }
  if (const Field* field = first->find(gdal_statistics)) {
    const std::string before = field->text(), after = without_statistics(before);
    if (after != before) changed.fields[gdal_statistics] = Field::text(after);
  }
  if (!changed.empty()) exif = with_fields(exif, {}, changed);
}

// ImageJ's labels and tables, where they are those of pages that aren't there any more, or out of place.
void agree_imagej(std::string& exif, const std::string& file_format, std::vector<std::string>& notes) {
  const auto first = read_first_directory(exif);
  if (!first || (first->find(imagej_sizes) == nullptr && first->find(imagej_data) == nullptr)) return;
  const Field* description = first->find(tag::description);
  const int pages = description == nullptr ? 1 : imagej_pages(description->text());
  if (pages == 1 && file_format == "tiff") return;
  exif = with_fields(exif, {imagej_sizes, imagej_data}, {});
  notes.push_back("ImageJ's own data (labels, ranges, overlays) were left out, since " +
                  (pages > 1 ? "they are about " + std::to_string(pages) + " pages"
                             : std::string("only TIFF can hold them")));
}

// Of each value that a sample can have; one for all channels, or one for each of three.
void agree_transfer_function(std::string& exif, PixelFormat format, std::vector<std::string>& notes) {
  const auto first = read_first_directory(exif);
  const Field* field = first ? first->find(transfer_function) : nullptr;
  if (field == nullptr) return;
  const std::uint64_t values = format.depth == Depth::u8 ? 256 : format.depth == Depth::u16 ? 65536 : 0;
  const bool is_for_three = format.colour_channels() == 3 && field->count == 3 * values;
  if (values != 0 && (field->count == values || is_for_three)) return;
  exif = with_fields(exif, {transfer_function}, {});
  notes.emplace_back("the transfer function was left out: it is about samples of another kind");
}

// EXIF and Photoshop's resources say what the file's own place does.
void agree_resolution(Metadata& metadata) {
  if (!metadata.resolution) return;
  const Resolution& resolution = *metadata.resolution;
  const auto said = resolution_of(metadata.exif);
  if (said && !is_same(*said, resolution)) metadata.exif = with_resolution(metadata.exif, resolution);
  if (resolution.unit == Resolution::Unit::none) return;
  const double scale = resolution.unit == Resolution::Unit::inch ? 1 : 2.54;
  metadata.photoshop =
      with_resolutions(std::move(metadata.photoshop), resolution.x * scale, resolution.y * scale);
}

void leave_geo_out(std::string& exif, std::vector<std::string>& notes) {
  const auto first = read_first_directory(exif);
  if (!first || !has_geo_tags(*first)) return;
  exif = with_fields(exif, geo_tags(), {});
  notes.emplace_back("where the picture lies on the map (GeoTIFF) was left out, since only TIFF can hold it");
}

}  // namespace

void turn(Metadata& metadata, int orientation, cv::Size stored, std::vector<std::string>& notes) {
  if (!metadata.exif.empty()) {
    metadata.exif = turned_exif(std::move(metadata.exif), orientation, stored);
    if (orientation != 1) turn_exif_geo(metadata.exif, orientation, stored, notes);
    if (orientation >= 5) transpose_description(metadata.exif);
  }
  if (!metadata.xmp.empty()) metadata.xmp = turned_xmp(metadata.xmp, orientation, notes);
  if (orientation >= 5) metadata.photoshop = transposed_resources(std::move(metadata.photoshop));
  if (orientation >= 5 && metadata.resolution) std::swap(metadata.resolution->x, metadata.resolution->y);
}

Metadata agreeing(const Metadata& metadata, cv::Size size, PixelFormat format, const std::string& file_format,
                  std::vector<std::string>& notes) {
  Metadata made = metadata;
  if (!made.exif.empty()) {
    made.exif = sized_exif(std::move(made.exif), size);
    agree_transfer_function(made.exif, format, notes);
    agree_imagej(made.exif, file_format, notes);
    agree_words(made.exif, size, format);
    if (file_format != "tiff") leave_geo_out(made.exif, notes);
  }
  agree_resolution(made);
  if (!made.xmp.empty()) made.xmp = sized_xmp(made.xmp, size, file_format);
  made.iptc = sized_iptc(std::move(made.iptc), size);
  made.photoshop = with_digest(std::move(made.photoshop), metadata.iptc, made.iptc);
  if (!made.icc.empty() && !profile_fits(made.icc, format.colour_channels())) {
    made.icc.clear();
    notes.emplace_back("the colour profile doesn't fit the image any more and was left out");
  }
  return made;
}

}  // namespace tilework::imageio
