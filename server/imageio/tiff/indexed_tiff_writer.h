// TIFF files with a palette of exactly the image's colours, by libtiff: libvips writes none. Without
// transparency, which such palettes can't have. One thread.
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

class IndexedTiffWriter : public RowWriter {
 public:
  // Takes rows of 8 bits whose colours are all in the palette. `storage` says the bits of an index, the
  // compression and the tiles, of which it holds a row. `fd` and `palette` outlive this object. Throws
  // tilework::Error.
  IndexedTiffWriter(int fd, cv::Size size, const Palette& palette, const Storage& storage,
                    const Metadata& metadata);
  ~IndexedTiffWriter() override;

  void write(const std::vector<cv::Mat>& parts) override;
  void finish() override;
  std::vector<std::string> notes() const override { return notes_; }

 private:
  class Encoder;

  // The rows that came, as a strip or a row of tiles.
  void store();

  const Palette& palette_;
  cv::Size size_;
  cv::Size piece_;   // a tile, or a strip
  int bits_;         // of an index
  cv::Mat indexes_;  // of one row of pieces, a byte each
  int rows_ = 0;     // in it
  int top_ = 0;      // its place in the image
  int fd_;
  Metadata metadata_;
  std::vector<std::string> notes_;
  std::unique_ptr<Encoder> encoder_;
};

}  // namespace tilework::imageio
