// Rows of an image turned or mirrored as its EXIF orientation says. One thread.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <tilework/types.h>

#include "server/imageio/rows/row_reader.h"
#include "server/imageio/rows/spool_file.h"

namespace tilework::imageio {

// The size that an image has once its orientation (EXIF's 1 to 8) is applied.
cv::Size turned_size(cv::Size stored, int orientation);

// A mirror image streams; every other orientation decodes the image once, at the first read, to a temporary
// file.
class TurnedReader : public RowReader {
 public:
  // `stored` is the size of what `reader` gives.
  TurnedReader(std::unique_ptr<RowReader> reader, cv::Size stored, PixelFormat format, int orientation);

  void read(cv::Mat& rows) override;

 private:
  void spool();
  // A copy of some columns of the stored image.
  cv::Mat columns(cv::Range range) const;

  std::unique_ptr<RowReader> reader_;  // null once spooled
  cv::Size stored_;
  PixelFormat format_;
  int orientation_;
  std::optional<SpoolFile> file_;
  std::vector<cv::Mat> slabs_;  // the stored image over the file, cut into columns that lie together
  int next_row_ = 0;
};

}  // namespace tilework::imageio
