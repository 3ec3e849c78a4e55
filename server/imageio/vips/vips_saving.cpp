#include "server/imageio/vips/vips_saving.h"

#include <algorithm>

namespace tilework::imageio {
namespace {

// Rows of a strip of a TIFF: 128 as libvips's own, fewer if they are long, for encoders and readers hold
// strips.
int rows_per_strip(const VipsImage* image) {
  constexpr std::size_t bytes = 4 << 20;
  return static_cast<int>(std::clamp<std::size_t>(bytes / VIPS_IMAGE_SIZEOF_LINE(image), 8, 128));
}

VipsForeignTiffCompression compression_of(const std::string& name) {
  if (name == "lzw") return VIPS_FOREIGN_TIFF_COMPRESSION_LZW;
  if (name == "deflate") return VIPS_FOREIGN_TIFF_COMPRESSION_DEFLATE;
  if (name == "zstd") return VIPS_FOREIGN_TIFF_COMPRESSION_ZSTD;
  if (name == "packbits") return VIPS_FOREIGN_TIFF_COMPRESSION_PACKBITS;
  if (name == "jpeg") return VIPS_FOREIGN_TIFF_COMPRESSION_JPEG;
  if (name == "ccitt") return VIPS_FOREIGN_TIFF_COMPRESSION_CCITTFAX4;
  return VIPS_FOREIGN_TIFF_COMPRESSION_NONE;
}

VipsForeignTiffPredictor predictor_of(const VipsImage* image, const Storage& storage) {
  if (!storage.predictor) return VIPS_FOREIGN_TIFF_PREDICTOR_NONE;
  return image->BandFmt == VIPS_FORMAT_FLOAT ? VIPS_FOREIGN_TIFF_PREDICTOR_FLOAT
                                             : VIPS_FOREIGN_TIFF_PREDICTOR_HORIZONTAL;
}

gboolean flag(bool is_set) {
  return is_set ? TRUE : FALSE;
}

int save_tiff(VipsImage* image, VipsTarget* target, int quality, const Storage& storage) {
  const bool is_tiled = !storage.tile.empty();
  const int width = is_tiled ? storage.tile.width : 128;  // which strips don't heed
  const int height = is_tiled ? storage.tile.height : rows_per_strip(image);
  return vips_tiffsave_target(image, target, "compression", compression_of(storage.compression), "Q", quality,
                              "predictor", predictor_of(image, storage), "tile", flag(is_tiled), "tile_width",
                              width, "tile_height", height, "pyramid", flag(storage.pyramid), "subifd",
                              flag(storage.pyramid_in_subifds), "bitdepth", storage.bits, "miniswhite",
                              flag(storage.min_is_white), "bigtiff", flag(storage.bigtiff), nullptr);
}

// Photographs are half as large by differences to the pixel on the left, at zlib's level 3, as without them
// at level 6, libvips's own, in two thirds of the time. Indices and few bits have no use for differences.
int save_png(VipsImage* image, VipsTarget* target, const Storage& storage) {
  const bool is_small = storage.bits != 0;
  const int bits = is_small ? storage.bits : image->BandFmt == VIPS_FORMAT_USHORT ? 16 : 8;
  return vips_pngsave_target(image, target, "interlace", flag(storage.interlaced), "bitdepth", bits, "filter",
                             is_small ? VIPS_FOREIGN_PNG_FILTER_NONE : VIPS_FOREIGN_PNG_FILTER_SUB,
                             "compression", is_small ? 6 : 3, nullptr);
}

}  // namespace

int save_by_vips(VipsImage* image, VipsTarget* target, const OutputSettings& settings,
                 const Storage& storage) {
  if (storage.format == "png") return save_png(image, target, storage);
  return save_tiff(image, target, settings.jpeg_quality, storage);
}

int save_in_memory_of(VipsImage* image, const OutputSettings& settings, const Storage& storage, void** bytes,
                      std::size_t* size) {
  if (storage.format == "gif") {
    return vips_gifsave_buffer(image, bytes, size, "interlace", flag(storage.interlaced), nullptr);
  }
  return vips_webpsave_buffer(image, bytes, size, "Q", settings.jpeg_quality, "strip", TRUE, nullptr);
}

}  // namespace tilework::imageio
