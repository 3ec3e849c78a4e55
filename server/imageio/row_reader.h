// What a source draws its rows from.
#pragma once

#include <opencv2/core.hpp>

namespace tilework::imageio {

// One thread.
class RowReader {
 public:
  virtual ~RowReader() = default;

  // Fills the next rows.rows rows, top to bottom, in BGR order. The caller asks for no more than there are.
  // Throws tilework::Error.
  virtual void read(cv::Mat& rows) = 0;
};

}  // namespace tilework::imageio
