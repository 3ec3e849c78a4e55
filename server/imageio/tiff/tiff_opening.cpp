#include "server/imageio/tiff/tiff_opening.h"

#include <algorithm>
#include <array>
#include <utility>

#include <unistd.h>

#include "schema/model/error.h"
#include "server/imageio/colour/converted_reader.h"
#include "server/imageio/rows/allowed.h"
#include "server/imageio/tiff/tiff_reader.h"

namespace tilework::imageio {
namespace {

constexpr std::int64_t least_bytes = 64 << 20;  // for directories and codecs, whatever the limit of memory

constexpr int largest_tile_side = 1 << 20;  // pixels

std::int64_t most_bytes(const Limits& limits) {
  return std::max(limits.decoder_bytes, least_bytes);
}

std::string name_of_compression(int compression) {
  switch (compression) {
    case COMPRESSION_NONE:
      return "none";
    case COMPRESSION_LZW:
      return "lzw";
    case COMPRESSION_DEFLATE:
    case COMPRESSION_ADOBE_DEFLATE:
      return "deflate";
    case COMPRESSION_ZSTD:
      return "zstd";
    case COMPRESSION_PACKBITS:
      return "packbits";
    case COMPRESSION_JPEG:
      return "jpeg";
    case COMPRESSION_CCITTRLE:
    case COMPRESSION_CCITTRLEW:
    case COMPRESSION_CCITTFAX3:
    case COMPRESSION_CCITTFAX4:
      return "ccitt";
    default:
      return {};
  }
}

Storage storage_of(TIFF* tiff, const TiffFields& fields) {
  Storage storage;
  storage.format = "tiff";
  storage.palette = fields.photometric == PHOTOMETRIC_PALETTE;
  const bool is_one = storage.palette || fields.samples == 1;
  storage.bits = is_one && (fields.bits == 1 || fields.bits == 2 || fields.bits == 4) ? fields.bits : 0;
  storage.compression = name_of_compression(fields.compression);
  storage.predictor = fields.predictor == PREDICTOR_HORIZONTAL || fields.predictor == PREDICTOR_FLOATINGPOINT;
  if (fields.is_tiled) storage.tile = fields.piece;
  storage.min_is_white = fields.photometric == PHOTOMETRIC_MINISWHITE;
  storage.bigtiff = TIFFIsBigTIFF(tiff) != 0;
  storage.planes = fields.apart;
  return storage;
}

// The longest of the pieces in the file, if they are few; of many, none is long.
std::uint64_t longest_piece(TIFF* tiff, bool is_tiled) {
  const std::uint32_t count = is_tiled ? TIFFNumberOfTiles(tiff) : TIFFNumberOfStrips(tiff);
  std::uint64_t longest = 0;
  for (std::uint32_t i = 0; i < std::min(count, 4096U); ++i) {
    longest = std::max(longest, TIFFGetStrileByteCount(tiff, i));
  }
  return longest;
}

void check_sense(const TiffFields& fields, const std::string& name) {
  const bool is_absurd =
      fields.is_tiled && std::max(fields.piece.width, fields.piece.height) > largest_tile_side;
  if (fields.size.empty() || fields.piece.empty() || is_absurd) {
    throw UserError(name + " is damaged: it says that it is " + std::to_string(fields.size.width) + " x " +
                    std::to_string(fields.size.height) + " pixels in pieces of " +
                    std::to_string(fields.piece.width) + " x " + std::to_string(fields.piece.height));
  }
}

// Of the current directory, or else of the first one.
std::string profile_of(TIFF* tiff) {
  std::uint32_t size = 0;
  const void* bytes = nullptr;
  const auto is_there = [&] { return TIFFGetField(tiff, TIFFTAG_ICCPROFILE, &size, &bytes) == 1; };
  if (!is_there() && (TIFFSetDirectory(tiff, 0) != 1 || !is_there())) return {};
  return {static_cast<const char*>(bytes), size};
}

Opening open_page(TiffHandle& handle, int fd, const std::string& name, const Limits& limits,
                  const TiffPage& page) {
  if (!handle.go_to(page.directory))
    throw UserError(name + " is damaged: the directory of its picture changed");
  TiffFields fields = read_fields(handle.get());
  const Directory gdal = handle.fields(page.directory, {tag::gdal_nodata});
  if (const Field* nodata = gdal.find(tag::gdal_nodata)) fields.nodata = nodata_of(nodata->text());
  check_sense(fields, name);
  check_size(fields.size, limits, name);
  const TiffKind kind = kind_of(fields, name);
  Opening opening;
  opening.stored = fields.size;
  opening.orientation = fields.orientation;
  opening.storage = storage_of(handle.get(), fields);
  opening.held_bytes = held_bytes(fields, kind, longest_piece(handle.get(), fields.is_tiled));
  check_memory(opening.held_bytes, limits, name);
  opening.format = kind.raw ? kind.raw->converted() : kind.format;
  opening.notes = kind.notes;
  opening.reader = std::make_unique<TiffReader>(fd, page.directory, fields, kind, name, most_bytes(limits));
  opening.converted = kind.raw.has_value();
  const std::string profile = kind.raw ? profile_of(handle.get()) : std::string();
  opening.reader = converted(std::move(opening.reader), kind.raw, profile, opening.notes);
  return opening;
}

// Their first page is a preview that doesn't say so.
void refuse_canon_raw(int fd, const std::string& name) {
  std::array<char, 2> mark{};
  if (::pread(fd, mark.data(), mark.size(), 8) == 2 && mark == std::array{'C', 'R'}) {
    throw UserError(name +
                    " can't be read: it is a camera's raw file (CR2); develop it in a raw converter, "
                    "and save it as RGB");
  }
}

// Thumbnails in front carry what is said of the whole file.
int orientation_of_first(TiffHandle& handle, const TiffPages& pages) {
  return handle.go_to(pages.found.front().directory) ? read_fields(handle.get()).orientation : 0;
}

}  // namespace

TiffOpening open_tiff(int fd, const std::string& name, const Limits& limits) {
  TiffHandle handle(fd, most_bytes(limits));
  if (!handle.is_open()) throw UserError(name + " is damaged or cut short: it has no header of a TIFF");
  refuse_canon_raw(fd, name);
  const TiffPages pages = read_pages(handle);
  const TiffPage picture = picture_of(pages, name);
  TiffOpening result{open_page(handle, fd, name, limits, picture), picture.directory,
                     reductions_of(pages, picture)};
  Opening& opening = result.opening;
  if (opening.orientation == 0) opening.orientation = orientation_of_first(handle, pages);
  opening.orientation = std::clamp(opening.orientation, 1, 8);
  opening.storage.pyramid = !result.reductions.empty();
  opening.storage.pyramid_in_subifds = opening.storage.pyramid && result.reductions.front().inner >= 0;
  const auto notes = pages_notes(pages, picture);
  opening.notes.insert(opening.notes.begin(), notes.begin(), notes.end());
  return result;
}

Opening open_tiff_page(int fd, const std::string& name, const Limits& limits, const TiffPage& page) {
  TiffHandle handle(fd, most_bytes(limits));
  if (!handle.is_open()) throw UserError(name + " is damaged or cut short: it has no header of a TIFF");
  return open_page(handle, fd, name, limits, page);
}

}  // namespace tilework::imageio
