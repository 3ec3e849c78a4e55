#include "server/imageio/storing/choice.h"

#include <algorithm>

namespace tilework::imageio {
namespace {

using Notes = std::vector<std::string>;

constexpr int tile_step = 16;     // pixels, of which TIFF's tiles are multiples
constexpr int usual_tile = 256;   // of slides
constexpr int large_tile = 1024;  // up to which a tile may be larger than its image
constexpr std::int64_t row_of_tiles_bytes = 256 << 20;
constexpr std::int64_t classic_tiff_bytes = 4'000'000'000;  // it ends at 4 GiB; the rest isn't pixels

int round_up(int length) {
  return (length + tile_step - 1) / tile_step * tile_step;
}

bool predicts(const std::string& compression) {
  return compression == "lzw" || compression == "deflate" || compression == "zstd";
}

// Deflate, where the source's compression can't be kept.
std::string deflate_instead(Notes& notes, const std::string& why) {
  notes.push_back(why + ": stored with Deflate instead");
  return "deflate";
}

std::string choose_compression(const Storage& source, const OutputSettings& settings, PixelFormat format,
                               Notes& notes) {
  const bool is_asked = settings.compression != "auto";
  std::string name = is_asked ? settings.compression : source.compression;
  if (name.empty() && source.format.empty()) name = "none";
  if (name.empty()) return deflate_instead(notes, "the image's compression can't be written");
  if (name == "jpeg" && settings.lossless) return "deflate";
  if (name == "jpeg" && format.depth != Depth::u8) {
    return deflate_instead(notes, "JPEG in TIFF needs 8 bits a sample");
  }
  if (name == "jpeg" && format.has_alpha()) {
    return deflate_instead(notes, "JPEG in TIFF has no transparency");
  }
  if (name == "ccitt" && format != PixelFormat{Depth::u8, 1}) {
    return deflate_instead(notes, "CCITT needs one bit a pixel, and the result has other colours");
  }
  return name;
}

cv::Size choose_tile(cv::Size tile, PixelFormat format, cv::Size image) {
  if (tile.empty()) return {};
  tile.width = round_up(std::min(tile.width, std::max(large_tile, round_up(image.width))));
  tile.height = round_up(std::min(tile.height, std::max(large_tile, round_up(image.height))));
  const std::int64_t row = std::int64_t{std::max(image.width, tile.width)} * format.bytes();
  if (tile.height > usual_tile && row * tile.height > row_of_tiles_bytes) tile.height = usual_tile;
  return tile;
}

// By what the pixels may take at the most.
bool needs_bigtiff(const Storage& storage, PixelFormat format, cv::Size size) {
  double bytes = static_cast<double>(format.bytes());
  bytes *= storage.tile.empty() ? size.width : (size.width + storage.tile.width);
  bytes *= storage.tile.empty() ? size.height : (size.height + storage.tile.height);
  if (storage.pyramid) bytes *= 4.0 / 3;
  if (storage.compression == "lzw" || storage.compression == "jpeg") bytes *= 1.5;  // of noise
  return bytes > static_cast<double>(classic_tiff_bytes);
}

// What no setting says.
void drop_small_samples(Storage& storage, PixelFormat format, Notes& notes) {
  if (storage.palette) {
    if (format.depth == Depth::u8) return;
    storage.palette = false;
    storage.bits = 0;
    notes.push_back("stored with whole samples instead of a palette: the result has more than 8 bits");
  }
  if (storage.bits != 0 && format != PixelFormat{Depth::u8, 1}) {
    notes.push_back("stored with whole bytes instead of " + std::to_string(storage.bits) +
                    (storage.bits == 1 ? " bit" : " bits") +
                    " a pixel: the result isn't plain gray of 8 bits");
    storage.bits = 0;
  }
}

void settle_tiff(Storage& storage, const OutputSettings& settings, PixelFormat format, cv::Size size,
                 Notes& notes) {
  const std::string own = storage.compression;
  storage.compression = choose_compression(storage, settings, format, notes);
  if (storage.compression == "jpeg") {
    storage.palette = false;
    storage.bits = 0;
  }
  if (storage.compression == "ccitt") {
    storage.palette = false;
    storage.bits = 1;
  }
  drop_small_samples(storage, format, notes);
  if (storage.palette && format.has_alpha()) {
    notes.push_back("stored with whole bytes instead of a palette: those of TIFF have no transparency");
    storage.palette = false;
    storage.bits = 0;
  }
  if (storage.planes) notes.push_back("stored with the samples of a pixel together instead of in planes");
  storage.planes = false;
  if ((storage.palette || storage.bits > 1) && storage.pyramid) {
    notes.push_back(std::string("stored without the smaller copies of the image: TIFF with ") +
                    (storage.palette ? "a palette" : "few bits") + " can't be halved");
    storage.pyramid = false;
  }
  if (storage.pyramid && storage.tile.empty()) storage.tile = {usual_tile, usual_tile};
  storage.tile = choose_tile(storage.tile, format, size);
  const bool is_whole = storage.bits == 0 && !storage.palette;
  storage.predictor =
      is_whole && predicts(storage.compression) && (storage.compression != own || storage.predictor);
  storage.min_is_white = storage.min_is_white && format.colour_channels() == 1 &&
                         format.depth != Depth::f32 && storage.compression != "jpeg";
  storage.bigtiff = storage.bigtiff || needs_bigtiff(storage, format, size);
}

// Of encoders that go over all pixels more than once.
void settle_interlace(Storage& storage, std::int64_t bytes, const std::string& file, Notes& notes) {
  if (!storage.interlaced || bytes <= encoder_bytes) return;
  storage.interlaced = false;
  notes.push_back(file + " of this size takes " + std::to_string(bytes >> 20) +
                  " MiB of memory to encode: it was stored row by row instead");
}

}  // namespace

Storage choose_storage(const Storage& source, const OutputSettings& settings, PixelFormat format,
                       cv::Size size, Notes& notes) {
  Storage storage;
  if (source.format == settings.format) storage = source;
  const std::int64_t samples = std::int64_t{size.width} * size.height * format.channels;
  if (settings.format == "tiff") settle_tiff(storage, settings, format, size, notes);
  if (settings.format == "png") {
    drop_small_samples(storage, format, notes);
    settle_interlace(storage, samples * (format.bytes() / format.channels), "an interlaced PNG", notes);
  }
  if (settings.format == "jpeg") settle_interlace(storage, 2 * samples, "a progressive JPEG", notes);
  if (settings.format == "bmp" && (storage.palette || storage.bits != 0)) {
    notes.push_back("BMP is stored with whole bytes, without a palette of the image's colours");
    storage.palette = false;
    storage.bits = 0;
  }
  if (settings.format == "gif") {  // which always has a palette
    storage.palette = false;
    storage.bits = 0;
  }
  if (settings.format == "webp") storage.lossless = storage.lossless || settings.lossless;
  storage.format = settings.format;
  return storage;
}

Storage with_whole_bytes(Storage storage, PixelFormat format) {
  storage.bits = 0;
  storage.palette = false;
  if (storage.compression == "ccitt") storage.compression = "deflate";
  storage.predictor = predicts(storage.compression);
  storage.min_is_white = storage.min_is_white && format.colour_channels() == 1;
  return storage;
}

std::string whole_bytes_note(const Storage& storage, PixelFormat format) {
  const std::string stored =
      "stored with " + std::to_string(8 * format.channels) + " bits a pixel instead of ";
  if (storage.palette) return stored + "a palette: the result has too many colours for one";
  if (storage.compression == "ccitt") {
    return "CCITT needs one bit a pixel, and the result has other shades than black and white: stored with "
           "Deflate instead";
  }
  if (storage.bits == 1) return stored + "1: the result has other shades than black and white";
  return stored + std::to_string(storage.bits) + ": the result has shades between its " +
         std::to_string(1 << storage.bits);
}

}  // namespace tilework::imageio
