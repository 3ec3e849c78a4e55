#include "server/imageio/turned_reader.h"

#include <algorithm>

namespace tilework::imageio {
namespace {

constexpr int spooled_at_once = 64;  // rows

constexpr bool swaps_sides(int orientation) {
  return orientation >= 5;
}

}  // namespace

cv::Size turned_size(cv::Size stored, int orientation) {
  return swaps_sides(orientation) ? cv::Size(stored.height, stored.width) : stored;
}

TurnedReader::TurnedReader(std::unique_ptr<RowReader> reader, cv::Size stored, PixelFormat format,
                           int orientation)
    : reader_(std::move(reader)), stored_(stored), format_(format), orientation_(orientation) {}

void TurnedReader::spool() {
  file_.emplace();
  cv::Mat strip(std::min(spooled_at_once, stored_.height), stored_.width, format_.cv_type());
  for (int y = 0; y < stored_.height; y += spooled_at_once) {
    cv::Mat rows = strip.rowRange(0, std::min(spooled_at_once, stored_.height - y));
    reader_->read(rows);
    file_->append(rows.data, rows.total() * rows.elemSize());
  }
  reader_.reset();
  pixels_ = cv::Mat(stored_, format_.cv_type(), file_->map());
}

void TurnedReader::read(cv::Mat& rows) {
  if (orientation_ == 2) {
    cv::Mat stored(rows.size(), rows.type());
    reader_->read(stored);
    cv::flip(stored, rows, 1);
    return;
  }
  if (pixels_.empty()) spool();
  const int end = next_row_ + rows.rows;
  // Orientations 3, 4, 7 and 8 begin at the stored image's last row or column.
  const bool from_end = orientation_ == 3 || orientation_ == 4 || orientation_ == 7 || orientation_ == 8;
  const int extent = swaps_sides(orientation_) ? stored_.width : stored_.height;
  const cv::Range range = from_end ? cv::Range(extent - end, extent - next_row_) : cv::Range(next_row_, end);
  next_row_ = end;
  if (!swaps_sides(orientation_)) {
    cv::flip(pixels_.rowRange(range), rows, orientation_ == 3 ? -1 : 0);
    return;
  }
  const cv::Mat columns = pixels_.colRange(range);
  switch (orientation_) {
    case 5:  // mirrored along the main diagonal
      return cv::transpose(columns, rows);
    case 6:  // a quarter clockwise
      return cv::rotate(columns, rows, cv::ROTATE_90_CLOCKWISE);
    case 7: {  // mirrored along the other diagonal
      cv::Mat turned;
      cv::transpose(columns, turned);
      return cv::flip(turned, rows, -1);
    }
    default:  // 8, a quarter counter-clockwise
      return cv::rotate(columns, rows, cv::ROTATE_90_COUNTERCLOCKWISE);
  }
}

}  // namespace tilework::imageio
