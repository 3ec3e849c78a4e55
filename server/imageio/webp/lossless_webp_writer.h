// WebP files without loss, by libwebp: libvips 8.14 can't keep the colours of transparent pixels. The image
// is held, 4 bytes a pixel, and the encoder takes as much again several times. One thread.
#pragma once

#include <memory>

#include <opencv2/core.hpp>

#include "server/imageio/metadata/metadata.h"
#include "server/imageio/rows/row_writer.h"

namespace tilework::imageio {

class LosslessWebpWriter : public RowWriter {
 public:
  // For rows of 8 bits and 1 to 4 channels. `fd` outlives this object. Throws tilework::Error.
  LosslessWebpWriter(int fd, cv::Size size, const Metadata& metadata);
  ~LosslessWebpWriter() override;

  void write(const std::vector<cv::Mat>& parts) override;
  void finish() override;

 private:
  struct Encoder;

  int fd_;
  Metadata metadata_;
  std::unique_ptr<Encoder> encoder_;
  int rows_ = 0;  // that came
};

}  // namespace tilework::imageio
