// Rows to a BMP file: 8-bit gray, BGR, or BGR and alpha. They are written at once, each at its place. One
// thread.
#pragma once

#include <cstdint>

#include "server/imageio/metadata/metadata.h"
#include "server/imageio/rows/row_writer.h"

namespace tilework::imageio {

class BmpWriter : public RowWriter {
 public:
  // `fd` outlives this object. Of `metadata`, a resolution and a colour profile are stored. Throws UserError
  // for an image that is too large for the format.
  BmpWriter(int fd, cv::Size size, int channels, const Metadata& metadata);

  void write(const std::vector<cv::Mat>& parts) override;
  void finish() override {}

 private:
  int fd_;
  std::int64_t row_bytes_;
  std::int64_t end_;  // where the rows that are still to come end in the file
};

}  // namespace tilework::imageio
