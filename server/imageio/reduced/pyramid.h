// An image and its reductions to a half, a quarter and so on, in a file that nobody else can see: any
// rectangle of any of them can be read at any time, in memory that doesn't grow with the image.
//
// Level n has 1/2^n of the width and the height, rounded up; each of its pixels is the mean of four of the
// level before, where the last column and row are repeated if they have no partner. The last level fits into
// 256x256 pixels.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>

#include <opencv2/core.hpp>
#include <tilework/types.h>

#include "server/imageio/rows/spool_file.h"

namespace tilework::imageio {

class Pyramid {
 public:
  // Throws tilework::Error when the file can't be made.
  Pyramid(cv::Size size, PixelFormat format);

  int levels() const { return static_cast<int>(levels_.size()); }
  cv::Size size(int level) const { return at(level).size; }
  PixelFormat format() const { return format_; }

  // What all levels take on the disk, and their file, which stays this object's.
  std::int64_t bytes() const;
  int descriptor() const { return file_.descriptor(); }

  // Takes the next rows of the image, from the first on, as wide as it is and of its type. One thread. Throws
  // tilework::Error.
  void add(const cv::Mat& rows);

  // Rows of a level that can be read already. Any thread.
  int rows(int level) const { return at(level).rows.load(std::memory_order_acquire); }

  // Fills `out`, which has the rectangle's size and the image's type, from rows that can be read. Any thread,
  // also while rows are added. Throws tilework::Error.
  void read(int level, cv::Rect rect, cv::Mat& out) const;

 private:
  struct Level {
    cv::Size size;
    std::int64_t offset = 0;  // in the file; rows follow without padding
    std::atomic<int> rows{0};
    cv::Mat lone_row{};  // waits for its partner
  };

  const Level& at(int level) const { return levels_[static_cast<std::size_t>(level)]; }
  void add(std::size_t level, const cv::Mat& rows);
  std::int64_t bytes_of_row(const Level& level) const;

  PixelFormat format_;
  std::deque<Level> levels_;
  SpoolFile file_;
};

}  // namespace tilework::imageio
