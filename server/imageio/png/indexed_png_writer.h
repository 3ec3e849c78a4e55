// PNG files with a palette of exactly the image's colours, by libpng: libvips would choose colours of its
// own. One thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "server/imageio/rows/row_writer.h"
#include "server/imageio/storage.h"
#include "server/imageio/storing/palette.h"

namespace tilework::imageio {

class IndexedPngWriter : public RowWriter {
 public:
  // Takes rows of 8 bits whose colours are all in the palette. `storage` says the bits of an index and
  // whether the file is interlaced, for which the indexes are held, a byte each. `chunks` are whole ones for
  // the place behind IHDR. `fd` and `palette` outlive this object. Throws tilework::Error.
  IndexedPngWriter(int fd, cv::Size size, const Palette& palette, const Storage& storage,
                   const std::string& chunks);
  ~IndexedPngWriter() override;

  void write(const std::vector<cv::Mat>& parts) override;
  void finish() override;

 private:
  struct Encoder;

  const Palette& palette_;
  std::unique_ptr<Encoder> encoder_;
  cv::Mat indexes_;  // of the rows at hand, or of the whole image if it is interlaced
  int rows_ = 0;     // of the whole image
};

}  // namespace tilework::imageio
