// What is left of a row of pixels when each value is guessed from its neighbours: mostly small numbers, which
// compress well. Lossless, in the arithmetic of unsigned integers; float values count as their bits.
//
// A value is taken as its difference to green (in images of three or four channels), and the guess is left +
// above - above left. One object goes through one image, row by row, either way. One thread.
#pragma once

#include <cstddef>
#include <vector>

namespace tilework::pixel_codec {

// T is std::uint8_t, std::uint16_t or std::uint32_t.
template <class T>
class Prediction {
 public:
  // 1 to 4 channels.
  Prediction(int width, int channels);

  // Both have `width` x `channels` values, and are different memory.
  void residuals_of(const T* row, T* residuals);
  void row_of(const T* residuals, T* row);

 private:
  template <int channels>
  void restore(const T* residuals, T* row);

  std::size_t values_;
  int channels_;
  std::vector<T> above_;  // differences to green, with a pixel of zeros before the first
  std::vector<T> here_;
};

}  // namespace tilework::pixel_codec
