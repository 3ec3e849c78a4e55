#include "server/imageio/tiff/tiff_fields.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>

namespace tilework::imageio {
namespace {

int clamped(std::uint32_t value) {
  return static_cast<int>(std::min<std::uint32_t>(value, std::numeric_limits<int>::max()));
}

template <class T>
int number(TIFF* tiff, std::uint32_t tag, T fallback) {
  T value = 0;
  return clamped(TIFFGetFieldDefaulted(tiff, tag, &value) == 1 ? value : fallback);
}

int short_of(TIFF* tiff, std::uint32_t tag, int fallback) {
  return number(tiff, tag, static_cast<std::uint16_t>(fallback));
}

int long_of(TIFF* tiff, std::uint32_t tag, std::uint32_t fallback) {
  return number(tiff, tag, fallback);
}

// The tag must be there, but isn't always.
int photometric_of(TIFF* tiff, const TiffFields& fields) {
  const bool is_fax =
      fields.compression == COMPRESSION_CCITTRLE || fields.compression == COMPRESSION_CCITTRLEW ||
      fields.compression == COMPRESSION_CCITTFAX3 || fields.compression == COMPRESSION_CCITTFAX4;
  const int guess = fields.samples >= 3 ? PHOTOMETRIC_RGB
                    : is_fax            ? PHOTOMETRIC_MINISWHITE
                                        : PHOTOMETRIC_MINISBLACK;
  return short_of(tiff, TIFFTAG_PHOTOMETRIC, guess);
}

void read_palette(TIFF* tiff, TiffFields& fields) {
  std::array<std::uint16_t*, 3> maps{};
  if (fields.bits > 16 || TIFFGetField(tiff, TIFFTAG_COLORMAP, &maps[0], &maps[1], &maps[2]) != 1) return;
  for (std::size_t i = 0; i < maps.size(); ++i) {
    if (maps[i] != nullptr) fields.palette[i].assign(maps[i], maps[i] + (std::size_t{1} << fields.bits));
  }
}

void read_pieces(TIFF* tiff, TiffFields& fields) {
  fields.is_tiled = TIFFIsTiled(tiff) != 0;
  if (fields.is_tiled) {
    fields.piece = {long_of(tiff, TIFFTAG_TILEWIDTH, 0), long_of(tiff, TIFFTAG_TILELENGTH, 0)};
  } else {
    const int rows = long_of(tiff, TIFFTAG_ROWSPERSTRIP, 0xffffffff);
    fields.piece = {fields.size.width, std::min(rows == 0 ? fields.size.height : rows, fields.size.height)};
  }
}

}  // namespace

TiffFields read_fields(TIFF* tiff) {
  TiffFields fields;
  fields.size = {long_of(tiff, TIFFTAG_IMAGEWIDTH, 0), long_of(tiff, TIFFTAG_IMAGELENGTH, 0)};
  fields.bits = short_of(tiff, TIFFTAG_BITSPERSAMPLE, 1);
  fields.samples = short_of(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
  fields.sample_format = short_of(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
  fields.compression = short_of(tiff, TIFFTAG_COMPRESSION, COMPRESSION_NONE);
  fields.photometric = photometric_of(tiff, fields);
  fields.predictor = short_of(tiff, TIFFTAG_PREDICTOR, 1);
  fields.inks = short_of(tiff, TIFFTAG_INKSET, INKSET_CMYK);
  std::uint16_t orientation = 0;
  if (TIFFGetField(tiff, TIFFTAG_ORIENTATION, &orientation) == 1) fields.orientation = orientation;
  fields.apart = fields.samples > 1 &&
                 short_of(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) == PLANARCONFIG_SEPARATE;
  std::uint16_t extra = 0;
  std::uint16_t* meanings = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &extra, &meanings) == 1 && meanings != nullptr) {
    fields.extra_samples.assign(meanings, meanings + extra);
  }
  read_palette(tiff, fields);
  read_pieces(tiff, fields);
  return fields;
}

std::optional<double> nodata_of(const std::string& text) {
  const std::size_t from = std::min(text.find_first_not_of(' '), text.size());
  const std::size_t to = text.find_last_not_of(' ') + 1;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data() + from, text.data() + to, value);
  if (from >= to || error != std::errc() || end != text.data() + to) return std::nullopt;
  return value;
}

}  // namespace tilework::imageio
