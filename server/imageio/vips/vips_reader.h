// Rows of the formats that libvips decodes. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <tilework/types.h>

#include "server/imageio/rows/row_reader.h"
#include "server/imageio/vips/vips_pointer.h"

namespace tilework::imageio {

// Which of the sizes that a file offers.
struct Reduction {
  int shrink = 1;  // of JPEG: a half, a quarter or an eighth of the size
  int page = 0;    // of TIFF
  int inner = -1;  // of TIFF: a sub-image of the page
};

class VipsReader : public RowReader {
 public:
  // Reads the header alone. `fd` stays the caller's, and is read from its beginning; `format` is as in
  // OutputSettings; `name` is for messages. Throws UserError.
  VipsReader(int fd, const std::string& format, std::string name, const Reduction& reduction = {});

  cv::Size stored_size() const { return {image_->Xsize, image_->Ysize}; }
  VipsImage* header() const { return image_.get(); }
  // What the decoder holds of the image at a time, in bytes; 0 when it decodes as a stream. Not for TIFF.
  std::int64_t held_bytes() const;
  int orientation() const { return vips_image_get_orientation(image_.get()); }

  // Converts whatever the file holds to one of our pixel formats. Call it once, after the limits are checked
  // and before reading. Adds to `notes` what was changed.
  PixelFormat settle_format(std::vector<std::string>& notes);

  void read(cv::Mat& rows) override;

 private:
  // For an operation that gives 0 and `out`, or sets the library's error.
  void become(int result, VipsImage* const& out);
  void convert_colours(std::vector<std::string>& notes);
  void check_samples() const;
  [[noreturn]] void refuse(const std::string& why) const;

  std::string file_format_;
  std::string name_;
  Owned<VipsImage> image_;
  Owned<VipsRegion> region_;
  PixelFormat format_;
  int next_row_ = 0;
};

}  // namespace tilework::imageio
