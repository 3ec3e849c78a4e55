#include "server/imageio/jpeg/plain_jpeg.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <turbojpeg.h>
#include <unistd.h>

#include "server/imageio/rows/write_at.h"

namespace tilework::imageio {
namespace {

constexpr off_t largest_file = 1 << 20;  // bytes

// One of each for a thread, which makes many images.
tjhandle decompressor() {
  static thread_local const std::unique_ptr<void, int (*)(tjhandle)> handle(tjInitDecompress(), tjDestroy);
  return handle.get();
}

tjhandle compressor() {
  static thread_local const std::unique_ptr<void, int (*)(tjhandle)> handle(tjInitCompress(), tjDestroy);
  return handle.get();
}

std::vector<unsigned char> small_file(int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0 || info.st_size > largest_file) return {};
  std::vector<unsigned char> bytes(static_cast<std::size_t>(info.st_size));
  if (::pread(fd, bytes.data(), bytes.size(), 0) != info.st_size) return {};
  return bytes;
}

// Walks the segments up to the frame and the scan (ITU-T T.81, B.1 and B.2).
class Header {
 public:
  explicit Header(std::span<const unsigned char> bytes) : bytes_(bytes) {}

  bool is_plain() {
    for (std::size_t at = 2; at + 4 <= bytes_.size();) {
      const unsigned length = word(at + 2);
      if (bytes_[at] != 0xFF || length < 2 || at + 2 + length > bytes_.size()) return false;
      const auto body = bytes_.subspan(at + 4, length - 2);
      switch (bytes_[at + 1]) {
        case 0xDA:  // the scan: all of the frame in one
          return size.width > 0 && body.size() >= 1 && body[0] == channels;
        case 0xC0:
          if (!is_frame(body)) return false;
          break;
        case 0xE0:
          if (!is_jfif(body)) return false;
          break;
        case 0xC4:  // tables
        case 0xDB:
        case 0xDD:
          break;
        default:
          return false;
      }
      at += 2 + length;
    }
    return false;
  }

  cv::Size size;
  int channels = 0;

 private:
  unsigned word(std::size_t at) const { return bytes_[at] << 8 | bytes_[at + 1]; }

  // Baseline, 8 bit, gray or three parts that are numbered as those of YCbCr.
  bool is_frame(std::span<const unsigned char> body) {
    if (size.width > 0 || body.size() < 6 || body[0] != 8) return false;
    channels = body[5];
    size = {body[3] << 8 | body[4], body[1] << 8 | body[2]};
    if (size.empty() || (channels != 1 && channels != 3)) return false;
    if (body.size() != 6 + 3 * static_cast<std::size_t>(channels)) return false;
    return channels == 1 || (body[6] == 1 && body[9] == 2 && body[12] == 3);
  }

  // Without a resolution that says something, and without a thumbnail.
  static bool is_jfif(std::span<const unsigned char> body) {
    constexpr unsigned char name[] = {'J', 'F', 'I', 'F', 0};
    return body.size() == 14 && std::equal(std::begin(name), std::end(name), body.begin()) && body[7] == 0;
  }

  std::span<const unsigned char> bytes_;
};

}  // namespace

std::optional<PlainJpeg> PlainJpeg::open(int fd) {
  auto bytes = small_file(fd);
  Header header(bytes);
  if (!header.is_plain() || std::int64_t{header.size.width} * header.size.height > plain_jpeg_pixels) {
    return std::nullopt;
  }
  return PlainJpeg{std::move(bytes), header.size, header.channels};
}

PlainJpegReader::PlainJpegReader(PlainJpeg image, int fd, std::string name, Instead instead)
    : image_(std::move(image)),
      fd_(::fcntl(fd, F_DUPFD_CLOEXEC, 0)),
      name_(std::move(name)),
      instead_(instead) {}

PlainJpegReader::~PlainJpegReader() {
  ::close(fd_);
}

bool PlainJpegReader::decode(cv::Mat& whole) const {
  return tjDecompress2(decompressor(), image_.bytes.data(), image_.bytes.size(), whole.data, whole.cols,
                       static_cast<int>(whole.step[0]), whole.rows,
                       image_.channels == 1 ? TJPF_GRAY : TJPF_BGR, TJFLAG_ACCURATEDCT) == 0;
}

void PlainJpegReader::read(cv::Mat& rows) {
  if (next_row_ == 0) {
    const bool all = rows.rows == image_.size.height;
    decoded_ = all ? rows : cv::Mat(image_.size, rows.type());
    if (!decode(decoded_)) other_ = instead_(fd_, name_);
    if (all && other_ == nullptr) decoded_.release();
  }
  const int first = std::exchange(next_row_, next_row_ + rows.rows);
  if (other_ != nullptr) return other_->read(rows);
  if (!decoded_.empty()) decoded_.rowRange(first, next_row_).copyTo(rows);
}

void write_plain_jpeg(int fd, const cv::Mat& image, int quality, bool halved_chroma) {
  const int chroma = image.channels() == 1 ? TJSAMP_GRAY : halved_chroma ? TJSAMP_420 : TJSAMP_444;
  std::vector<unsigned char> bytes(tjBufSize(image.cols, image.rows, chroma));
  unsigned char* at = bytes.data();
  unsigned long size = bytes.size();
  if (tjCompress2(compressor(), image.data, image.cols, static_cast<int>(image.step[0]), image.rows,
                  image.channels() == 1 ? TJPF_GRAY : TJPF_BGR, &at, &size, chroma, quality,
                  TJFLAG_ACCURATEDCT | TJFLAG_NOREALLOC) != 0) {
    refuse_to_write(0);
  }
  if (const int error = write_at(fd, bytes.data(), size, 0); error != 0) refuse_to_write(error);
}

}  // namespace tilework::imageio
