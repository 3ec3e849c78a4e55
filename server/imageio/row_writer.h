// What a sink hands its rows to, once they are of a format that the file can carry.
#pragma once

#include <opencv2/core.hpp>

namespace tilework::imageio {

// One thread. Destroyed without finish(), it stops promptly and leaves the file unfinished.
class RowWriter {
 public:
  virtual ~RowWriter() = default;

  // The next rows, top to bottom, in BGR order. May block. Throws tilework::Error.
  virtual void write(const cv::Mat& rows) = 0;
  // After the last row. Throws tilework::Error.
  virtual void finish() = 0;
};

}  // namespace tilework::imageio
