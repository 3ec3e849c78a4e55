#include "server/imageio/png/indexed_png_writer.h"

#include <array>
#include <csetjmp>

#include <png.h>

#include "server/imageio/rows/write_at.h"

namespace tilework::imageio {

// As JpegWriter's: what calls the library has nothing to destroy between the call and the jump's target.
struct IndexedPngWriter::Encoder {
  explicit Encoder(int file) : fd(file) {
    png = png_create_write_struct(
        PNG_LIBPNG_VER_STRING, this, [](png_structp failed, png_const_charp) { png_longjmp(failed, 1); },
        [](png_structp, png_const_charp) {});
    if (png != nullptr) info = png_create_info_struct(png);
    if (info == nullptr) return;
    png_set_write_fn(
        png, this, [](png_structp to, png_bytep data, std::size_t bytes) { of(to).store(data, bytes); },
        [](png_structp) {});
  }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  ~Encoder() { png_destroy_write_struct(&png, &info); }

  static Encoder& of(png_structp to) { return *static_cast<Encoder*>(png_get_io_ptr(to)); }

  void store(const void* data, std::size_t bytes) {
    error = write_at(fd, data, bytes, at);
    if (error != 0) png_longjmp(png, 1);
    at += static_cast<std::int64_t>(bytes);
  }

  void set_palette(const std::vector<cv::Vec4b>& colours) {
    std::array<png_color, Palette::most> entries{};
    std::array<png_byte, Palette::most> alpha{};
    int not_opaque = 0;  // up to the last of them
    for (std::size_t i = 0; i < colours.size(); ++i) {
      entries[i] = {colours[i][2], colours[i][1], colours[i][0]};
      alpha[i] = colours[i][3];
      if (alpha[i] != 255) not_opaque = static_cast<int>(i) + 1;
    }
    png_set_PLTE(png, info, entries.data(), static_cast<int>(colours.size()));
    if (not_opaque > 0) png_set_tRNS(png, info, alpha.data(), not_opaque, nullptr);
  }

  bool begin(cv::Size size, const std::vector<cv::Vec4b>& colours, const Storage& storage,
             const std::string& chunks) {
    if (info == nullptr || setjmp(png_jmpbuf(png)) != 0) return false;
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_IHDR(png, info, static_cast<png_uint_32>(size.width), static_cast<png_uint_32>(size.height),
                 storage.bits == 0 ? 8 : storage.bits, PNG_COLOR_TYPE_PALETTE,
                 storage.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);  // indexes next to each other mean nothing
    set_palette(colours);
    png_write_info_before_PLTE(png, info);
    store(chunks.data(), chunks.size());
    png_write_info(png, info);
    png_set_packing(png);  // of bytes into the bits of indexes
    return true;
  }

  bool write(const cv::Mat& indexes) {
    if (setjmp(png_jmpbuf(png)) != 0) return false;
    for (int y = 0; y < indexes.rows; ++y) png_write_row(png, indexes.ptr(y));
    return true;
  }

  bool write_interlaced(const cv::Mat& indexes) {
    if (setjmp(png_jmpbuf(png)) != 0) return false;
    const int passes = png_set_interlace_handling(png);
    for (int pass = 0; pass < passes; ++pass) {
      for (int y = 0; y < indexes.rows; ++y) png_write_row(png, indexes.ptr(y));
    }
    return true;
  }

  bool finish() {
    if (setjmp(png_jmpbuf(png)) != 0) return false;
    png_write_end(png, nullptr);
    return true;
  }

  int fd;
  std::int64_t at = 0;  // in the file
  int error = 0;        // the first write's that failed
  png_structp png = nullptr;
  png_infop info = nullptr;
};

IndexedPngWriter::IndexedPngWriter(int fd, cv::Size size, const Palette& palette, const Storage& storage,
                                   const std::string& chunks)
    : palette_(palette), encoder_(std::make_unique<Encoder>(fd)) {
  if (!encoder_->begin(size, palette.colours(), storage, chunks)) refuse_to_write(encoder_->error);
  if (storage.interlaced) indexes_.create(size, CV_8UC1);
}

IndexedPngWriter::~IndexedPngWriter() = default;

void IndexedPngWriter::write(const std::vector<cv::Mat>& parts) {
  const bool is_interlaced = png_get_interlace_type(encoder_->png, encoder_->info) != PNG_INTERLACE_NONE;
  const int height = parts.front().rows;
  int width = 0;
  for (const cv::Mat& part : parts) width += part.cols;
  if (!is_interlaced) indexes_.create(height, width, CV_8UC1);
  int left = 0;
  for (const cv::Mat& part : parts) {
    cv::Mat to = indexes_(cv::Rect({left, is_interlaced ? rows_ : 0}, part.size()));
    palette_.look_up(part, to);
    left += part.cols;
  }
  rows_ += height;
  if (!is_interlaced && !encoder_->write(indexes_)) refuse_to_write(encoder_->error);
  if (is_interlaced && rows_ == indexes_.rows && !encoder_->write_interlaced(indexes_)) {
    refuse_to_write(encoder_->error);
  }
}

void IndexedPngWriter::finish() {
  if (!encoder_->finish()) refuse_to_write(encoder_->error);
}

}  // namespace tilework::imageio
