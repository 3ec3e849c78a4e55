#include "server/imageio/jpeg/jpeg_writer.h"

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>

#include <jpeglib.h>

#include "server/imageio/rows/write_at.h"

namespace tilework::imageio {
namespace {

constexpr int rows_at_a_time = 16;
constexpr std::size_t start_marker = 2;  // bytes, which the header has already

}  // namespace

// As JpegReader's: what calls the library has nothing to destroy between the call and the jump's target.
struct JpegWriter::Encoder {
  Encoder(int file, std::size_t begin) : fd(file), at(static_cast<std::int64_t>(begin)) {
    info.err = jpeg_std_error(&errors);
    errors.error_exit = [](j_common_ptr failed) { std::longjmp(of(failed).failure, 1); };
    errors.emit_message = [](j_common_ptr, int) {};
    errors.output_message = [](j_common_ptr) {};
    info.client_data = this;
    target.init_destination = [](j_compress_ptr filling) { of(filling).rewind(); };
    target.empty_output_buffer = [](j_compress_ptr full) -> boolean {
      of(full).flush(0);
      return TRUE;
    };
    target.term_destination = [](j_compress_ptr ending) {
      of(ending).flush(of(ending).target.free_in_buffer);
    };
  }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  ~Encoder() { jpeg_destroy_compress(&info); }

  template <class Info>
  static Encoder& of(Info* info) {
    return *static_cast<Encoder*>(info->client_data);
  }

  void rewind() {
    target.next_output_byte = buffer.data();
    target.free_in_buffer = buffer.size();
  }

  void flush(std::size_t unused) {
    const std::size_t bytes = buffer.size() - unused - skipped;
    error = write_at(fd, buffer.data() + skipped, bytes, at);
    if (error != 0) std::longjmp(failure, 1);
    at += static_cast<std::int64_t>(bytes);
    skipped = 0;
    rewind();
  }

  // libvips's settings.
  bool begin(cv::Size size, int channels, int quality, bool halved_chroma, bool progressive) {
    if (setjmp(failure) != 0) return false;
    jpeg_create_compress(&info);
    info.dest = &target;
    info.image_width = static_cast<JDIMENSION>(size.width);
    info.image_height = static_cast<JDIMENSION>(size.height);
    info.input_components = channels;
    info.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_EXT_BGR;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    info.write_JFIF_header = FALSE;
    if (!halved_chroma) info.comp_info[0].h_samp_factor = info.comp_info[0].v_samp_factor = 1;
    if (progressive) jpeg_simple_progression(&info);
    jpeg_start_compress(&info, TRUE);
    return true;
  }

  bool write(const std::array<JSAMPROW, rows_at_a_time>& rows, int count) {
    if (setjmp(failure) != 0) return false;
    auto lines = rows;
    jpeg_write_scanlines(&info, lines.data(), static_cast<JDIMENSION>(count));
    return true;
  }

  bool finish() {
    if (setjmp(failure) != 0) return false;
    jpeg_finish_compress(&info);
    return true;
  }

  int fd;
  std::int64_t at;  // in the file
  int error = 0;    // the first write's that failed
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  jpeg_destination_mgr target{};
  std::jmp_buf failure{};
  std::size_t skipped = start_marker;
  std::array<JOCTET, 65536> buffer{};
  cv::Mat joined;  // rows that came in parts
};

JpegWriter::JpegWriter(int fd, cv::Size size, PixelFormat format, const OutputSettings& settings,
                       bool progressive, const std::string& header)
    : encoder_(std::make_unique<Encoder>(fd, header.size())) {
  encoder_->error = write_at(fd, header.data(), header.size(), 0);
  if (encoder_->error != 0 ||
      !encoder_->begin(size, format.channels, settings.jpeg_quality, settings.halves_chroma(), progressive)) {
    refuse_to_write(encoder_->error);
  }
}

JpegWriter::~JpegWriter() = default;

void JpegWriter::write(const std::vector<cv::Mat>& parts) {
  const int height = parts.front().rows;
  for (int y = 0; y < height; y += rows_at_a_time) {
    const int count = std::min(rows_at_a_time, height - y);
    cv::Mat rows = parts.front().rowRange(y, y + count);
    if (parts.size() > 1) {
      std::vector<cv::Mat> pieces;
      for (const cv::Mat& part : parts) pieces.push_back(part.rowRange(y, y + count));
      cv::hconcat(pieces, encoder_->joined);
      rows = encoder_->joined;
    }
    std::array<JSAMPROW, rows_at_a_time> lines{};
    for (int i = 0; i < count; ++i) lines[static_cast<std::size_t>(i)] = rows.ptr(i);
    if (!encoder_->write(lines, count)) refuse_to_write(encoder_->error);
  }
}

void JpegWriter::finish() {
  if (!encoder_->finish()) refuse_to_write(encoder_->error);
}

}  // namespace tilework::imageio
