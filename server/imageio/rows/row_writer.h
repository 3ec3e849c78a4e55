// What a sink hands its rows to, once they are of a format that the file can carry.
#pragma once

#include <string>
#include <vector>

#include <opencv2/core.hpp>

namespace tilework::imageio {

// One thread. Destroyed without finish(), it stops promptly and leaves the file unfinished.
class RowWriter {
 public:
  virtual ~RowWriter() = default;

  // The next rows, top to bottom, in BGR order, as matrices side by side. May block. Throws tilework::Error.
  virtual void write(const std::vector<cv::Mat>& parts) = 0;
  // After the last row. Throws tilework::Error.
  virtual void finish() = 0;
  // What couldn't be stored as was wanted, in sentences for the user; complete after finish().
  virtual std::vector<std::string> notes() const { return {}; }
};

}  // namespace tilework::imageio
