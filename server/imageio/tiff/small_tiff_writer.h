// TIFF files of a byte or less for a pixel, by libtiff: with a palette of exactly the image's colours, which
// libvips doesn't write, or gray of few bits, of which libvips 8.14 loses the last of an odd width. Palettes
// have no transparency. One thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "server/imageio/metadata/metadata.h"
#include "server/imageio/rows/row_writer.h"
#include "server/imageio/storage.h"
#include "server/imageio/storing/palette.h"

namespace tilework::imageio {

class SmallTiffWriter : public RowWriter {
 public:
  // Takes rows of 8 bits whose colours are all in the palette or, where that is null, on the levels of so
  // many bits. `storage` says the bits of an index or a sample, the compression and the tiles, of which it
  // holds a row. `fd` and `palette` outlive this object. Throws tilework::Error.
  SmallTiffWriter(int fd, cv::Size size, const Palette* palette, const Storage& storage,
                  const Metadata& metadata);
  ~SmallTiffWriter() override;

  void write(const std::vector<cv::Mat>& parts) override;
  void finish() override;
  std::vector<std::string> notes() const override { return notes_; }

 private:
  class Encoder;

  void look_up(const cv::Mat& rows, cv::Mat& indexes) const;
  // The rows that came, as a strip or a row of tiles.
  void store();

  const Palette* palette_;
  bool min_is_white_;
  cv::Size size_;
  cv::Size piece_;   // a tile, or a strip
  int bits_;         // of an index or a sample
  cv::Mat indexes_;  // of one row of pieces, a byte each
  int rows_ = 0;     // in it
  int top_ = 0;      // its place in the image
  int fd_;
  Metadata metadata_;
  std::vector<std::string> notes_;
  std::unique_ptr<Encoder> encoder_;
};

}  // namespace tilework::imageio
