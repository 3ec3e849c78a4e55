#include "server/imageio/bmp/bmp_writer.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "server/imageio/bmp/bmp_header.h"
#include "server/imageio/rows/write_at.h"

namespace tilework::imageio {
namespace {

void store(int fd, const void* bytes, std::size_t size, std::int64_t at) {
  if (const int error = write_at(fd, bytes, size, at); error != 0) refuse_to_write(error);
}

}  // namespace

BmpWriter::BmpWriter(int fd, cv::Size size, int channels, const Metadata& metadata)
    : fd_(fd), row_bytes_(BmpHeader::row_bytes(size.width, 8 * channels)) {
  const auto header = make_bmp_header(size, channels, metadata);
  store(fd_, header.data(), header.size(), 0);
  end_ = static_cast<std::int64_t>(header.size()) + row_bytes_ * size.height;
  store(fd_, metadata.icc.data(), metadata.icc.size(), end_);
}

void BmpWriter::write(const std::vector<cv::Mat>& parts) {
  const int rows = parts.front().rows;
  const int at_once = static_cast<int>(std::clamp<std::int64_t>(bytes_at_once / row_bytes_, 1, rows));
  std::vector<unsigned char> block(static_cast<std::size_t>(row_bytes_ * at_once));
  for (int done = 0; done < rows; done += at_once) {
    const int height = std::min(at_once, rows - done);
    for (int y = 0; y < height; ++y) {
      unsigned char* to = block.data() + (height - 1 - y) * row_bytes_;
      for (const cv::Mat& part : parts) {
        const std::size_t bytes = static_cast<std::size_t>(part.cols) * part.elemSize();
        std::memcpy(to, part.ptr(done + y), bytes);
        to += bytes;
      }
    }
    end_ -= row_bytes_ * height;
    store(fd_, block.data(), static_cast<std::size_t>(row_bytes_ * height), end_);
  }
}

}  // namespace tilework::imageio
