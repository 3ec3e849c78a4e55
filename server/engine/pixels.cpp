#include "server/engine/pixels.h"

#include <opencv2/imgproc.hpp>
#include <tilework/vectors.h>

namespace tilework::engine {
namespace {

// In integers: float arithmetic in vectors and in their tails may round halves differently.
cv::Mat u16_to_u8(const cv::Mat& in) {
  cv::Mat out(in.size(), CV_MAKETYPE(CV_8U, in.channels()));
  const int values = in.cols * in.channels();
  for (int y = 0; y < in.rows; ++y) {
    const auto* from = in.ptr<std::uint16_t>(y);
    auto* to = out.ptr<std::uint8_t>(y);
    for (int x = 0; x < values; ++x) to[x] = static_cast<std::uint8_t>((from[x] + 128u) / 257u);
  }
  return out;
}

}  // namespace

cv::Mat convert_depth(const cv::Mat& in, Depth to) {
  const Depth from = depth_from_cv(in.depth());
  if (from == to) return in;
  if (from == Depth::u16 && to == Depth::u8) return u16_to_u8(in);
  cv::Mat out;
  in.convertTo(out, cv_depth(to), white_of(to) / white_of(from));
  return out;
}

cv::Mat convert_colour_channels(const cv::Mat& in, int channels) {
  if (in.channels() == channels) return in;
  cv::Mat out;
  if (channels == 1) {
    to_gray(in, out);
  } else {
    cv::cvtColor(in, out, cv::COLOR_GRAY2BGR);
  }
  return out;
}

bool has_nan(const cv::Mat& pixels) {
  if (pixels.depth() != CV_32F) return false;
  const int values = pixels.cols * pixels.channels();
  for (int y = 0; y < pixels.rows; ++y) {
    const auto* row = pixels.ptr<float>(y);
    int found = 0;
    for (int x = 0; x < values; ++x) found |= static_cast<int>(row[x] != row[x]);
    if (found != 0) return true;
  }
  return false;
}

}  // namespace tilework::engine
