// Rows of a BMP file. libvips would hand these to ImageMagick, which hostile files must not reach. One
// thread.
#pragma once

#include <string>

#include "server/imageio/bmp/bmp_header.h"
#include "server/imageio/rows/row_reader.h"

namespace tilework::imageio {

class BmpReader : public RowReader {
 public:
  // Reads the header. The descriptor is duplicated; `name` is for messages. Throws UserError.
  BmpReader(int fd, std::string name);
  BmpReader(const BmpReader&) = delete;
  BmpReader& operator=(const BmpReader&) = delete;
  ~BmpReader() override;

  const BmpHeader& header() const { return header_; }

  void read(cv::Mat& rows) override;

 private:
  void expand(const unsigned char* from, unsigned char* to) const;

  std::string name_;
  BmpHeader header_;
  int fd_;
  int next_row_ = 0;
};

}  // namespace tilework::imageio
