// The rows of a TIFF in tiles, by libtiff on as many threads as there are processors: libvips, which uses it
// too, decodes on one, and keeps two rows of tiles instead of one. One thread at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <tilework/types.h>

#include "server/imageio/rows/row_reader.h"

namespace tilework::imageio {

class TiffReader : public RowReader {
 public:
  // For the first page of a file whose header was found to be sound, of this size and format. The descriptor
  // is duplicated; `name` is for messages. Null if the file is of a kind that libvips has to read: not in
  // tiles, in planes, with alpha, with a palette, of JPEG tiles, ...
  static std::unique_ptr<TiffReader> open(int fd, const std::string& name, cv::Size size, PixelFormat format);
  ~TiffReader() override;

  // The pixels of libvips.
  void read(cv::Mat& rows) override;

 private:
  class Decoder;
  TiffReader(std::vector<std::unique_ptr<Decoder>> decoders, std::string name, cv::Size size,
             PixelFormat format);
  void decode_tiles();

  std::vector<std::unique_ptr<Decoder>> decoders_;  // one for a thread
  std::string name_;
  cv::Size size_;
  cv::Mat tiles_;  // a row of them, as far as it lies in the image
  int top_ = 0;    // of these, in the image
  int next_row_ = 0;
};

}  // namespace tilework::imageio
