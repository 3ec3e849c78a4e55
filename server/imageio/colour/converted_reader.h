// Rows of sRGB of a file whose own are CMYK or CIE L*a*b*. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/imageio/colour/colour_transform.h"
#include "server/imageio/rows/row_reader.h"

namespace tilework::imageio {

class ConvertedReader : public RowReader {
 public:
  // `reader` gives rows of raw.cv_type(), and this one of raw.converted(). `profile` is what the file has as
  // such, and means nothing for the result: leave it out there. Adds to `notes` what was done. Throws
  // tilework::Error.
  ConvertedReader(std::unique_ptr<RowReader> reader, RawColours raw, const std::string& profile,
                  std::vector<std::string>& notes);

  void read(cv::Mat& rows) override;

 private:
  std::unique_ptr<RowReader> reader_;
  RawColours raw_;
  ColourTransform transform_;
  cv::Mat raw_rows_;
};

// `reader` itself where there is nothing to convert.
std::unique_ptr<RowReader> converted(std::unique_ptr<RowReader> reader, const std::optional<RawColours>& raw,
                                     const std::string& profile, std::vector<std::string>& notes);

}  // namespace tilework::imageio
