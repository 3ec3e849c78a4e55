#include "server/imageio/jpeg/plain_jpeg_writer.h"

#include "server/imageio/jpeg/plain_jpeg.h"

namespace tilework::imageio {

bool PlainJpegWriter::can_write(cv::Size size, PixelFormat format, const Metadata& metadata,
                                const OutputSettings& settings) {
  return settings.format == "jpeg" && metadata.empty() && format.depth == Depth::u8 &&
         (format.channels == 1 || format.channels == 3) &&
         std::int64_t{size.width} * size.height <= plain_jpeg_pixels;
}

PlainJpegWriter::PlainJpegWriter(int fd, cv::Size size, PixelFormat format, const OutputSettings& settings)
    : fd_(fd),
      size_(size),
      quality_(settings.jpeg_quality),
      halved_chroma_(settings.halves_chroma()),
      type_(format.cv_type()) {}

void PlainJpegWriter::write(const std::vector<cv::Mat>& parts) {
  if (parts.size() == 1 && parts[0].rows == size_.height) {
    return write_plain_jpeg(fd_, parts[0], quality_, halved_chroma_);
  }
  image_.create(size_, type_);
  int left = 0;
  for (const cv::Mat& part : parts) {
    part.copyTo(image_(cv::Rect({left, rows_}, part.size())));
    left += part.cols;
  }
  rows_ += parts.front().rows;
  if (rows_ == size_.height) write_plain_jpeg(fd_, image_, quality_, halved_chroma_);
}

}  // namespace tilework::imageio
