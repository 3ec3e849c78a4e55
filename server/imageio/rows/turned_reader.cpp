#include "server/imageio/rows/turned_reader.h"

#include <algorithm>

namespace tilework::imageio {
namespace {

constexpr int spooled_at_once = 64;  // rows
constexpr int slab_width = 256;      // pixels, of an image whose sides are swapped

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
  const int widest = swaps_sides(orientation_) ? slab_width : stored_.width;
  const auto column_bytes = static_cast<std::int64_t>(stored_.height) * format_.bytes();
  cv::Mat strip(std::min(spooled_at_once, stored_.height), stored_.width, format_.cv_type());
  for (int y = 0; y < stored_.height; y += spooled_at_once) {
    cv::Mat rows = strip.rowRange(0, std::min(spooled_at_once, stored_.height - y));
    reader_->read(rows);
    for (int x = 0; x < stored_.width; x += widest) {
      const int width = std::min(widest, stored_.width - x);
      const cv::Mat part = rows.colRange(x, x + width).clone();
      file_->write(part.data, part.total() * part.elemSize(),
                   x * column_bytes + static_cast<std::int64_t>(y) * width * format_.bytes());
    }
  }
  reader_.reset();
  std::byte* at = file_->map();
  for (int x = 0; x < stored_.width; x += widest) {
    slabs_.emplace_back(stored_.height, std::min(widest, stored_.width - x), format_.cv_type(),
                        at + x * column_bytes);
  }
}

cv::Mat TurnedReader::columns(cv::Range range) const {
  cv::Mat out(stored_.height, range.size(), format_.cv_type());
  int left = 0;
  for (const cv::Mat& slab : slabs_) {
    const int from = std::max(range.start, left);
    const int to = std::min(range.end, left + slab.cols);
    if (from < to) {
      slab.colRange(from - left, to - left).copyTo(out.colRange(from - range.start, to - range.start));
    }
    left += slab.cols;
  }
  return out;
}

void TurnedReader::read(cv::Mat& rows) {
  if (orientation_ == 2) {
    cv::Mat stored(rows.size(), rows.type());
    reader_->read(stored);
    cv::flip(stored, rows, 1);
    return;
  }
  if (slabs_.empty()) spool();
  const int end = next_row_ + rows.rows;
  // Orientations 3, 4, 7 and 8 begin at the stored image's last row or column.
  const bool from_end = orientation_ == 3 || orientation_ == 4 || orientation_ == 7 || orientation_ == 8;
  const int extent = swaps_sides(orientation_) ? stored_.width : stored_.height;
  const cv::Range range = from_end ? cv::Range(extent - end, extent - next_row_) : cv::Range(next_row_, end);
  next_row_ = end;
  switch (orientation_) {
    case 3:
      cv::flip(slabs_.front().rowRange(range), rows, -1);
      break;
    case 4:
      cv::flip(slabs_.front().rowRange(range), rows, 0);
      break;
    case 5:  // mirrored along the main diagonal
      cv::transpose(columns(range), rows);
      break;
    case 6:
      cv::rotate(columns(range), rows, cv::ROTATE_90_CLOCKWISE);
      break;
    case 7: {  // mirrored along the other diagonal
      cv::Mat turned;
      cv::transpose(columns(range), turned);
      cv::flip(turned, rows, -1);
      break;
    }
    default:  // 8
      cv::rotate(columns(range), rows, cv::ROTATE_90_COUNTERCLOCKWISE);
  }
  file_->unload();
}

}  // namespace tilework::imageio
