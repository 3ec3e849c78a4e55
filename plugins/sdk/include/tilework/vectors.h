// OpenCV works on whole vectors of pixels and then on what is left at the end of a row, and in float the two
// do not round alike: a pixel's last bits depend on how far it lies from the row's end. On a tile that end
// lies elsewhere. These two give the function rows without a rest. Integer functions hardly ever need it; the
// conformance tests tell.
#pragma once

#include <opencv2/imgproc.hpp>

namespace tilework {

// A multiple of every vector length in use (512 bits of 8-bit pixels).
inline constexpr int vector_pixels = 64;

constexpr int to_whole_vectors(int columns) {
  return (columns + vector_pixels - 1) / vector_pixels * vector_pixels;
}

// Runs `function(in, out)`, which maps each pixel by itself. `out` becomes what it returns.
template <class Function>
void pixelwise(const cv::Mat& in, cv::OutputArray out, Function&& function) {
  const int rest = in.cols % vector_pixels;
  if (rest == 0) {
    function(in, out);
    return;
  }
  const int whole = in.cols - rest;
  cv::Mat padded, converted;
  cv::copyMakeBorder(in.colRange(whole, in.cols), padded, 0, 0, 0, vector_pixels - rest,
                     cv::BORDER_REPLICATE | cv::BORDER_ISOLATED);
  function(padded, converted);

  out.create(in.size(), converted.type());
  cv::Mat result = out.getMat();
  converted.colRange(0, rest).copyTo(result.colRange(whole, in.cols));
  if (whole > 0) {
    cv::Mat left = result.colRange(0, whole);
    function(in.colRange(0, whole), left);
  }
}

// Runs `function(in, out)`, which reads up to `reach` pixels around each and reflects at the border
// (BORDER_DEFAULT). Integers are handed over as they are.
template <class Function>
void neighbourwise(const cv::Mat& in, cv::OutputArray out, int reach, Function&& function) {
  if (in.depth() != CV_32F) {
    function(in, out);
    return;
  }
  cv::Mat bordered, padded, result;
  cv::copyMakeBorder(in, bordered, 0, 0, reach, reach, cv::BORDER_DEFAULT | cv::BORDER_ISOLATED);
  cv::copyMakeBorder(bordered, padded, 0, 0, 0, to_whole_vectors(bordered.cols) - bordered.cols,
                     cv::BORDER_REPLICATE);
  function(padded, result);
  result.colRange(reach, reach + in.cols).copyTo(out);
}

// The luma of colour; gray as it is.
inline void to_gray(const cv::Mat& in, cv::OutputArray out) {
  if (in.channels() == 1) {
    in.copyTo(out);
  } else {
    pixelwise(in, out,
              [](cv::InputArray from, cv::OutputArray to) { cv::cvtColor(from, to, cv::COLOR_BGR2GRAY); });
  }
}

}  // namespace tilework
