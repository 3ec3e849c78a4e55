// The rows of a JPEG file by libjpeg itself: libvips, which uses it too, takes half as long again, since it
// clears and copies rows and gives them in another order of colours. One thread.
#pragma once

#include <memory>
#include <string>

#include "server/imageio/rows/row_reader.h"

namespace tilework::imageio {

class JpegReader : public RowReader {
 public:
  // For a file of 8-bit samples whose header was found to be sound. The descriptor is duplicated; `name` is
  // for messages. Null if the file is of another kind, or has several scans of one or three channels, which
  // libvips holds.
  static std::unique_ptr<JpegReader> open(int fd, const std::string& name, int channels);
  ~JpegReader() override;

  // The pixels of libvips; of four channels, CMYK, 0 for no ink. Damage that the decoder recovers from isn't
  // told, as there.
  void read(cv::Mat& rows) override;

 private:
  struct Decoder;
  explicit JpegReader(std::unique_ptr<Decoder> decoder, std::string name);

  std::unique_ptr<Decoder> decoder_;
  std::string name_;
};

}  // namespace tilework::imageio
