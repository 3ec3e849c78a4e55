// What a source draws its rows from.
#pragma once

#include <string>

#include <opencv2/core.hpp>

#include "schema/model/error.h"

namespace tilework::imageio {

// One thread.
class RowReader {
 public:
  virtual ~RowReader() = default;

  // Fills the next rows.rows rows, top to bottom, in BGR order. The caller asks for no more than there are.
  // Throws tilework::Error.
  virtual void read(cv::Mat& rows) = 0;
};

[[noreturn]] inline void refuse_damaged(const std::string& name, int decoded_rows, int all_rows) {
  throw UserError(name + " is damaged or cut short: decoding failed below row " +
                  std::to_string(decoded_rows) + " of " + std::to_string(all_rows));
}

}  // namespace tilework::imageio
