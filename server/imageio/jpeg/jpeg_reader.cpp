#include "server/imageio/jpeg/jpeg_reader.h"

#include <array>
#include <cerrno>
#include <csetjmp>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <jpeglib.h>
#include <unistd.h>

#include "schema/model/error.h"

namespace tilework::imageio {
namespace {

// Of a progressive file: each may be some bytes for a pass over the whole image.
constexpr int most_scans = 100;

}  // namespace

// The library's structures, with what its callbacks need beside them. It leaves by a jump where it fails, so
// whoever calls it has nothing between the call and the jump's target that must be destroyed.
struct JpegReader::Decoder {
  Decoder(int file) : fd(::fcntl(file, F_DUPFD_CLOEXEC, 0)) {
    info.err = jpeg_std_error(&errors);
    errors.error_exit = [](j_common_ptr failed) { std::longjmp(of(failed).failure, 1); };
    errors.emit_message = [](j_common_ptr, int) {};
    errors.output_message = [](j_common_ptr) {};
    info.client_data = this;
    progress.progress_monitor = [](j_common_ptr working) {
      if (reinterpret_cast<j_decompress_ptr>(working)->input_scan_number > most_scans) {
        std::longjmp(of(working).failure, 1);
      }
    };
    source.init_source = [](j_decompress_ptr) {};
    source.term_source = [](j_decompress_ptr) {};
    source.resync_to_restart = jpeg_resync_to_restart;
    source.fill_input_buffer = [](j_decompress_ptr filling) -> boolean {
      of(filling).fill();
      return TRUE;
    };
    source.skip_input_data = [](j_decompress_ptr skipping, long bytes) { of(skipping).skip(bytes); };
  }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() {
    jpeg_destroy_decompress(&info);
    if (fd >= 0) ::close(fd);
  }

  template <class Info>
  static Decoder& of(Info* info) {
    return *static_cast<Decoder*>(info->client_data);
  }

  // The end of the file isn't expected.
  void fill() {
    ssize_t got = 0;
    do {
      got = ::pread(fd, buffer.data(), buffer.size(), at);
    } while (got < 0 && errno == EINTR);
    if (got <= 0) std::longjmp(failure, 1);
    at += got;
    source.next_input_byte = buffer.data();
    source.bytes_in_buffer = static_cast<std::size_t>(got);
  }

  void skip(long bytes) {
    if (bytes <= 0) return;
    const auto here = static_cast<long>(source.bytes_in_buffer);
    if (bytes > here) {
      at += bytes - here;
      source.bytes_in_buffer = 0;
    } else {
      source.next_input_byte += bytes;
      source.bytes_in_buffer -= static_cast<std::size_t>(bytes);
    }
  }

  // False if the file isn't of the kind that this reader is for.
  bool begin(int channels) {
    if (fd < 0 || setjmp(failure) != 0) return false;
    jpeg_create_decompress(&info);
    info.src = &source;
    info.progress = &progress;
    if (jpeg_read_header(&info, TRUE) != JPEG_HEADER_OK) return false;
    if (info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK) {
      info.out_color_space = JCS_CMYK;
      return channels == 4;  // decoding begins with the first row: of several scans, it takes them all
    }
    if (jpeg_has_multiple_scans(&info)) return false;
    const bool is_gray = info.jpeg_color_space == JCS_GRAYSCALE;
    const bool is_colour = info.jpeg_color_space == JCS_YCbCr || info.jpeg_color_space == JCS_RGB;
    if (channels == 1 ? !is_gray : (channels != 3 || !is_colour)) return false;
    if (is_colour) info.out_color_space = JCS_EXT_BGR;
    started = jpeg_start_decompress(&info) != 0;
    return started;
  }

  bool read(cv::Mat& rows) {
    if (setjmp(failure) != 0) return false;
    if (!started && jpeg_start_decompress(&info) == 0) return false;
    started = true;
    const unsigned end = info.output_scanline + static_cast<unsigned>(rows.rows);
    const unsigned first = info.output_scanline;
    while (info.output_scanline < end) {
      std::array<JSAMPROW, 16> lines{};
      unsigned count = 0;
      for (unsigned row = info.output_scanline - first; count < lines.size() && row + count < end - first;) {
        lines[count] = rows.ptr(static_cast<int>(row + count));
        ++count;
      }
      jpeg_read_scanlines(&info, lines.data(), count);
    }
    return true;
  }

  int fd;
  jpeg_decompress_struct info{};
  jpeg_error_mgr errors{};
  jpeg_source_mgr source{};
  jpeg_progress_mgr progress{};
  bool started = false;
  std::jmp_buf failure{};
  off_t at = 0;  // in the file
  std::array<JOCTET, 65536> buffer{};
};

std::unique_ptr<JpegReader> JpegReader::open(int fd, const std::string& name, int channels) {
  auto decoder = std::make_unique<Decoder>(fd);
  if (!decoder->begin(channels)) return nullptr;
  return std::unique_ptr<JpegReader>(new JpegReader(std::move(decoder), name));
}

JpegReader::JpegReader(std::unique_ptr<Decoder> decoder, std::string name)
    : decoder_(std::move(decoder)), name_(std::move(name)) {}

JpegReader::~JpegReader() = default;

void JpegReader::read(cv::Mat& rows) {
  if (!decoder_->read(rows)) {
    refuse_damaged(name_, static_cast<int>(decoder_->info.output_scanline),
                   static_cast<int>(decoder_->info.output_height));
  }
  // Adobe's programs store what is left of the paper. So do all others, but some forget Adobe's marker.
  if (rows.channels() == 4) cv::bitwise_not(rows, rows);
}

}  // namespace tilework::imageio
