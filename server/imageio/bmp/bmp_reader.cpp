#include "server/imageio/bmp/bmp_reader.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/model/error.h"

namespace tilework::imageio {
namespace {

// Fewer than asked for at the end of the file.
std::size_t read_at(int fd, unsigned char* to, std::size_t bytes, std::int64_t at, const std::string& name) {
  std::size_t done = 0;
  while (done < bytes) {
    const ssize_t got = pread(fd, to + done, bytes - done, at + static_cast<std::int64_t>(done));
    if (got == 0) break;
    if (got > 0) {
      done += static_cast<std::size_t>(got);
    } else if (errno != EINTR) {
      throw UserError(name + " can't be read: " + std::generic_category().message(errno));
    }
  }
  return done;
}

BmpHeader read_header(int fd, const std::string& name) {
  std::array<unsigned char, longest_bmp_header> start{};
  const std::size_t length = read_at(fd, start.data(), start.size(), 0, name);
  const BmpHeader header = parse_bmp_header(std::span(start).first(length), name);
  struct stat status {};
  fstat(fd, &status);
  if ((status.st_size - header.pixels_at) / header.row_bytes() < header.size.height) {
    throw UserError(name + " is cut short: it holds fewer pixels than its header says");
  }
  return header;
}

}  // namespace

BmpReader::BmpReader(int fd, std::string name)
    : name_(std::move(name)), header_(read_header(fd, name_)), fd_(fcntl(fd, F_DUPFD_CLOEXEC, 0)) {
  if (fd_ < 0) {
    throw Error(Fault::failed, name_ + " can't be read: " + std::generic_category().message(errno));
  }
}

BmpReader::~BmpReader() {
  close(fd_);
}

void BmpReader::read(cv::Mat& rows) {
  const std::int64_t row_bytes = header_.row_bytes();
  const int at_once = static_cast<int>(std::clamp<std::int64_t>(bytes_at_once / row_bytes, 1, rows.rows));
  std::vector<unsigned char> block(static_cast<std::size_t>(row_bytes * at_once));
  for (int done = 0; done < rows.rows;) {
    const int height = std::min(at_once, rows.rows - done);
    const int first = header_.top_down ? next_row_ : header_.size.height - next_row_ - height;
    const auto wanted = static_cast<std::size_t>(row_bytes * height);
    if (read_at(fd_, block.data(), wanted, header_.pixels_at + first * row_bytes, name_) < wanted) {
      throw UserError(name_ + " became shorter while it was read");
    }
    for (int y = 0; y < height; ++y) {
      const int in_block = header_.top_down ? y : height - 1 - y;
      expand(block.data() + in_block * row_bytes, rows.ptr(done + y));
    }
    done += height;
    next_row_ += height;
  }
}

void BmpReader::expand(const unsigned char* from, unsigned char* to) const {
  const int width = header_.size.width;
  const int channels = header_.format.channels;
  if (header_.bits == 8 * channels && header_.palette.empty()) {
    std::memcpy(to, from, static_cast<std::size_t>(width) * static_cast<std::size_t>(channels));
    return;
  }
  if (header_.bits == 32) {  // the fourth byte means nothing
    for (int x = 0; x < width; ++x, from += 4, to += 3) std::memcpy(to, from, 3);
    return;
  }
  const int in_byte = 8 / header_.bits;
  for (int x = 0; x < width; ++x, to += channels) {
    const int shift = 8 - header_.bits * (x % in_byte + 1);  // the leftmost pixel is the highest
    const auto index = static_cast<std::size_t>(from[x / in_byte] >> shift & ((1 << header_.bits) - 1));
    // A pixel beyond the palette is black, as other readers have it.
    const cv::Vec3b colour = index < header_.palette.size() ? header_.palette[index] : cv::Vec3b();
    std::memcpy(to, colour.val, static_cast<std::size_t>(channels));
  }
}

}  // namespace tilework::imageio
