// A small JPEG of 8 bit, gray or BGR, without metadata. It is encoded with its last row. One thread.
#pragma once

#include "server/imageio/rows/row_writer.h"
#include "server/imageio/sink.h"

namespace tilework::imageio {

class PlainJpegWriter : public RowWriter {
 public:
  // Whether it can write what a sink was given.
  static bool can_write(cv::Size size, PixelFormat format, const Metadata& metadata,
                        const OutputSettings& settings);

  // `fd` outlives this object.
  PlainJpegWriter(int fd, cv::Size size, PixelFormat format, const OutputSettings& settings);

  void write(const std::vector<cv::Mat>& parts) override;
  void finish() override {}

 private:
  int fd_;
  cv::Size size_;
  int quality_;
  bool halved_chroma_;
  cv::Mat image_;  // as it comes, where it doesn't come as one matrix
  int type_;
  int rows_ = 0;
};

}  // namespace tilework::imageio
