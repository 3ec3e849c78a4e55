// Small JPEG files without metadata, decoded and encoded by TurboJPEG as a whole: thumbnails, tiles, training
// data. libvips would give the same pixels, and takes longer to set itself up than they take.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <tilework/types.h>

#include "server/imageio/rows/row_reader.h"

namespace tilework::imageio {

// Pixels up to which a JPEG is small.
inline constexpr std::int64_t plain_jpeg_pixels = 1 << 20;

// A baseline JPEG of gray or YCbCr, with nothing in it that has to be kept: no EXIF, profile or resolution.
struct PlainJpeg {
  std::vector<unsigned char> bytes;  // the file
  cv::Size size;
  int channels;  // 1 or 3

  // None for all other files. One thread at a time uses the descriptor.
  static std::optional<PlainJpeg> open(int fd);
};

// Tells where the decoder isn't content: the file is better read by one that knows more cases.
class PlainJpegReader : public RowReader {
 public:
  using Instead = std::unique_ptr<RowReader> (*)(int fd, const std::string& name);

  // `instead` makes the reader that takes over where TurboJPEG has something to say; `fd` is duplicated.
  PlainJpegReader(PlainJpeg image, int fd, std::string name, Instead instead);
  ~PlainJpegReader() override;

  void read(cv::Mat& rows) override;

 private:
  bool decode(cv::Mat& whole) const;

  PlainJpeg image_;
  int fd_;
  std::string name_;
  Instead instead_;
  std::unique_ptr<RowReader> other_;
  cv::Mat decoded_;
  int next_row_ = 0;
};

// Encodes `image`, 8 bit, gray or BGR, into a file. Throws tilework::Error.
void write_plain_jpeg(int fd, const cv::Mat& image, int quality, bool halved_chroma);

}  // namespace tilework::imageio
