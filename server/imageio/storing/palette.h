// The different colours of an image, and whether its shades are those of few bits.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <opencv2/core.hpp>

namespace tilework::imageio {

// Whether all of the rows, 8 bit and gray, lies on the levels of so many bits (1, 2 or 4), as black and white
// do of one. Any thread.
bool is_on_levels(const cv::Mat& rows, int bits);

// Up to 256 colours in the order in which they were seen. One thread.
class Palette {
 public:
  static constexpr int most = 256;

  Palette() { slots_.fill(-1); }

  // Takes up the colours of rows of 8 bits and 1 to 4 channels. False for good once there are too many.
  bool add(const cv::Mat& rows);

  // BGRA.
  const std::vector<cv::Vec4b>& colours() const { return colours_; }
  // Of an index: 1, 2, 4 or 8.
  int bits() const;
  // A byte for each pixel of the rows, whose colours were all added.
  void look_up(const cv::Mat& rows, cv::Mat& indexes) const;

 private:
  template <int channels>
  bool add_rows(const cv::Mat& rows);
  template <int channels>
  void look_up_rows(const cv::Mat& rows, cv::Mat& indexes) const;
  // Where the colour is, or where it would go.
  std::size_t slot_of(std::uint32_t colour) const;

  std::vector<cv::Vec4b> colours_;
  std::vector<std::uint32_t> keys_;         // the colours, as numbers
  std::array<std::int16_t, 1024> slots_{};  // a hash table of indexes; -1 is free
};

}  // namespace tilework::imageio
