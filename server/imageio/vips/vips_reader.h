// Rows of the formats that libvips decodes. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tilework/types.h>

#include "server/imageio/colour/colour_transform.h"
#include "server/imageio/metadata/file_metadata.h"
#include "server/imageio/rows/row_reader.h"
#include "server/imageio/vips/vips_pointer.h"

namespace tilework::imageio {

class VipsReader : public RowReader {
 public:
  // Reads the header alone. `fd` stays the caller's, and is read from its beginning; `format` is as in
  // OutputSettings, but not TIFF or BMP; `name` is for messages. A JPEG is
  // decoded at 1/`shrink` of its size: 1, 2, 4 or 8. `left_out` is as in source_of(). Throws UserError.
  VipsReader(int fd, const std::string& format, std::string name, int shrink = 1,
             const std::vector<FilePart>& left_out = {});

  cv::Size stored_size() const { return {image_->Xsize, image_->Ysize}; }
  VipsImage* header() const { return image_.get(); }
  // What the decoder holds of the image at a time, in bytes; 0 when it decodes as a stream.
  std::int64_t held_bytes() const;
  int orientation() const { return vips_image_get_orientation(image_.get()); }

  // Converts whatever the file holds to one of our pixel formats. Call it once, after the limits are checked
  // and before reading.
  PixelFormat settle_format();
  // What read() gives instead, for a ConvertedReader to make that format of it.
  const std::optional<RawColours>& raw_colours() const { return raw_; }

  void read(cv::Mat& rows) override;

 private:
  void check_samples() const;
  [[noreturn]] void refuse(const std::string& why) const;

  std::string file_format_;
  std::string name_;
  Owned<VipsImage> image_;
  Owned<VipsRegion> region_;
  PixelFormat format_;
  std::optional<RawColours> raw_;
  int next_row_ = 0;
};

}  // namespace tilework::imageio
