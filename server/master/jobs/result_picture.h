// A small picture of a job's result, made tile by tile while the job runs. Pure; one thread.
#pragma once

#include <functional>

#include <opencv2/core.hpp>

namespace tilework::master {

class ResultPicture {
 public:
  // Takes a part of the picture: 8-bit pixels at their place, once for each tile.
  using Take = std::function<void(cv::Size whole, cv::Rect place, const cv::Mat& pixels)>;

  static constexpr int largest_side = 1024;  // pixels

  // Of an image that is cut into tiles of that size, reduced by the least power of two with which no side is
  // longer than `side`; with 0, or where the picture's pixels would lie across the borders of tiles, nothing
  // is taken.
  ResultPicture(cv::Size image, cv::Size tile, int side, Take take);

  void add(cv::Rect tile, const cv::Mat& pixels) const;

 private:
  cv::Rect reduced(cv::Rect tile) const;

  bool is_wanted_;
  int level_ = 0;
  cv::Size image_;
  Take take_;
};

// As a screen shows them: of 16 bits the upper half, of floats what lies between 0 and 1.
cv::Mat in_8_bits(const cv::Mat& pixels);

}  // namespace tilework::master
