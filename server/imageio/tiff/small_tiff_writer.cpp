#include "server/imageio/tiff/small_tiff_writer.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <string>

#include <tiffio.h>
#include <unistd.h>

#include "server/imageio/rows/write_at.h"
#include "server/imageio/tiff/tiff_metadata.h"

namespace tilework::imageio {
namespace {

constexpr int rows_per_strip = 64;

std::uint16_t compression_of(const std::string& name) {
  if (name == "lzw") return COMPRESSION_LZW;
  if (name == "deflate") return COMPRESSION_ADOBE_DEFLATE;
  if (name == "zstd") return COMPRESSION_ZSTD;
  if (name == "packbits") return COMPRESSION_PACKBITS;
  return COMPRESSION_NONE;
}

// Indexes of a byte each as indexes of fewer bits, the first in the highest ones.
void pack(const cv::Mat& indexes, int bits, std::vector<std::uint8_t>& packed) {
  const int in_byte = 8 / bits;
  const std::size_t row_bytes = static_cast<std::size_t>((indexes.cols + in_byte - 1) / in_byte);
  packed.assign(row_bytes * static_cast<std::size_t>(indexes.rows), 0);
  for (int y = 0; y < indexes.rows; ++y) {
    std::uint8_t* to = packed.data() + row_bytes * static_cast<std::size_t>(y);
    const std::uint8_t* row = indexes.ptr(y);
    for (int x = 0; x < indexes.cols; ++x) {
      to[x / in_byte] =
          static_cast<std::uint8_t>(to[x / in_byte] | row[x] << (8 - bits - x % in_byte * bits));
    }
  }
}

}  // namespace

// The library's handle, over a descriptor whose own position isn't used.
class SmallTiffWriter::Encoder {
 public:
  Encoder(int fd, bool is_big) : fd_(fd) {
    TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
    const auto quiet = [](TIFF*, void*, const char*, const char*, va_list) { return 1; };
    TIFFOpenOptionsSetErrorHandlerExtR(options, quiet, nullptr);
    TIFFOpenOptionsSetWarningHandlerExtR(options, quiet, nullptr);
    tiff_ = TIFFClientOpenExt("", is_big ? "w8m" : "wm", this, read, write, seek, close, length, map, unmap,
                              options);
    TIFFOpenOptionsFree(options);
    if (tiff_ == nullptr) fail();
  }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  ~Encoder() {
    if (tiff_ != nullptr) TIFFClose(tiff_);
  }

  TIFF* tiff() { return tiff_; }
  [[noreturn]] void fail() const { refuse_to_write(error_); }

 private:
  static Encoder& of(thandle_t self) { return *static_cast<Encoder*>(self); }
  static tmsize_t read(thandle_t self, void* data, tmsize_t bytes) {
    const ssize_t got = ::pread(of(self).fd_, data, static_cast<std::size_t>(bytes), of(self).at_);
    if (got > 0) of(self).at_ += got;
    return got;
  }
  static tmsize_t write(thandle_t self, void* data, tmsize_t bytes) {
    Encoder& file = of(self);
    const int error = write_at(file.fd_, data, static_cast<std::size_t>(bytes), file.at_);
    if (error != 0) {
      if (file.error_ == 0) file.error_ = error;
      return -1;
    }
    file.at_ += bytes;
    file.size_ = std::max(file.size_, file.at_);
    return bytes;
  }
  static toff_t seek(thandle_t self, toff_t offset, int whence) {
    const std::int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? of(self).at_ : of(self).size_;
    of(self).at_ = base + static_cast<std::int64_t>(offset);
    return static_cast<toff_t>(of(self).at_);
  }
  static int close(thandle_t) { return 0; }
  static toff_t length(thandle_t self) { return static_cast<toff_t>(of(self).size_); }
  static int map(thandle_t, void**, toff_t*) { return 0; }
  static void unmap(thandle_t, void*, toff_t) {}

  int fd_;
  std::int64_t at_ = 0;
  std::int64_t size_ = 0;
  int error_ = 0;  // the first write's that failed
  TIFF* tiff_ = nullptr;
};

namespace {

void set_palette(TIFF* tiff, const Palette& palette) {
  std::array<std::array<std::uint16_t, Palette::most>, 3> planes{};  // red, green, blue
  const auto& colours = palette.colours();
  for (std::size_t i = 0; i < colours.size(); ++i) {
    for (int c = 0; c < 3; ++c) {
      planes[static_cast<std::size_t>(c)][i] = static_cast<std::uint16_t>(colours[i][2 - c] * 257);
    }
  }
  TIFFSetField(tiff, TIFFTAG_COLORMAP, planes[0].data(), planes[1].data(), planes[2].data());
}

}  // namespace

SmallTiffWriter::SmallTiffWriter(int fd, cv::Size size, const Palette* palette, const Storage& storage,
                                 const Metadata& metadata)
    : palette_(palette),
      min_is_white_(storage.min_is_white),
      size_(size),
      piece_(storage.tile.empty() ? cv::Size(size.width, rows_per_strip) : storage.tile),
      bits_(storage.bits <= 0    ? 8
            : palette == nullptr ? storage.bits
                                 : std::max(storage.bits, palette->bits())),
      fd_(fd),
      metadata_(metadata),
      encoder_(std::make_unique<Encoder>(fd, storage.bigtiff)) {
  TIFF* tiff = encoder_->tiff();
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(size.width));
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(size.height));
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, bits_);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC,
               palette != nullptr ? PHOTOMETRIC_PALETTE
               : min_is_white_    ? PHOTOMETRIC_MINISWHITE
                                  : PHOTOMETRIC_MINISBLACK);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, compression_of(storage.compression));
  if (storage.tile.empty()) {
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, static_cast<std::uint32_t>(rows_per_strip));
  } else {
    TIFFSetField(tiff, TIFFTAG_TILEWIDTH, static_cast<std::uint32_t>(piece_.width));
    TIFFSetField(tiff, TIFFTAG_TILELENGTH, static_cast<std::uint32_t>(piece_.height));
  }
  if (palette != nullptr) set_palette(tiff, *palette);
  const int across = (size.width + piece_.width - 1) / piece_.width;
  indexes_ = cv::Mat::zeros(piece_.height, across * piece_.width, CV_8UC1);
}

SmallTiffWriter::~SmallTiffWriter() = default;

void SmallTiffWriter::look_up(const cv::Mat& rows, cv::Mat& indexes) const {
  if (palette_ != nullptr) return palette_->look_up(rows, indexes);
  const double step = 255.0 / ((1 << bits_) - 1);
  rows.convertTo(indexes, CV_8U, min_is_white_ ? -1 / step : 1 / step, min_is_white_ ? 255 / step : 0);
}

void SmallTiffWriter::store() {
  TIFF* tiff = encoder_->tiff();
  const bool is_tiled = TIFFIsTiled(tiff) != 0;
  std::vector<std::uint8_t> packed;
  for (int x = 0; x < indexes_.cols; x += piece_.width) {
    const int height = is_tiled ? piece_.height : rows_;  // the last strip may be lower, no tile is
    pack(indexes_(cv::Rect(x, 0, piece_.width, height)), bits_, packed);
    const auto left = static_cast<std::uint32_t>(x);
    const auto top = static_cast<std::uint32_t>(top_);
    const auto bytes = static_cast<tmsize_t>(packed.size());
    const tmsize_t stored =
        is_tiled ? TIFFWriteEncodedTile(tiff, TIFFComputeTile(tiff, left, top, 0, 0), packed.data(), bytes)
                 : TIFFWriteEncodedStrip(tiff, TIFFComputeStrip(tiff, top, 0), packed.data(), bytes);
    if (stored != bytes) encoder_->fail();
  }
  top_ += rows_;
  rows_ = 0;
}

void SmallTiffWriter::write(const std::vector<cv::Mat>& parts) {
  const int height = parts.front().rows;
  for (int done = 0; done < height;) {
    const int rows = std::min(height - done, piece_.height - rows_);
    int left = 0;
    for (const cv::Mat& part : parts) {
      cv::Mat to = indexes_(cv::Rect(left, rows_, part.cols, rows));
      look_up(part.rowRange(done, done + rows), to);
      left += part.cols;
    }
    done += rows;
    rows_ += rows;
    if (rows_ == piece_.height || top_ + rows_ == size_.height) store();
  }
}

void SmallTiffWriter::finish() {
  if (TIFFFlush(encoder_->tiff()) == 0) encoder_->fail();
  encoder_.reset();
  write_tiff_metadata(fd_, metadata_, notes_);
}

}  // namespace tilework::imageio
