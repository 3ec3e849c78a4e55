#include "server/engine/alpha.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "server/engine/geometry.h"

namespace tilework::engine {
namespace {

// Below it a quotient would be made of rounding errors.
constexpr float least_alpha = 1.0F / (1 << 20);

float weighed(float colour, float alpha) {
  return alpha > 0 ? colour * alpha : 0;
}
float unweighed(float weighed, float alpha) {
  return alpha >= least_alpha ? weighed / alpha : 0;
}

// In 32 bits: 65535 * 65535 and half of it more than fits.
template <class T>
T weighed(T colour, T alpha) {
  constexpr std::uint32_t white = std::numeric_limits<T>::max();
  return static_cast<T>((std::uint32_t{colour} * alpha + white / 2) / white);
}
template <class T>
T unweighed(T weighed, T alpha) {
  constexpr std::uint32_t white = std::numeric_limits<T>::max();
  if (weighed >= alpha) return alpha == 0 ? T{0} : static_cast<T>(white);
  return static_cast<T>((std::uint32_t{weighed} * white + alpha / 2u) / alpha);
}

// Calls `function(value, alpha)` for each value of each channel, which gives the result's.
template <class T, class Function>
cv::Mat with_alpha(const cv::Mat& in, const cv::Mat& alpha, Function function) {
  cv::Mat out(in.size(), in.type());
  const int channels = in.channels();
  for (int y = 0; y < in.rows; ++y) {
    const T* from = in.ptr<T>(y);
    const T* by = alpha.ptr<T>(y);
    T* to = out.ptr<T>(y);
    for (int x = 0; x < in.cols; ++x) {
      for (int c = 0; c < channels; ++c) to[x * channels + c] = function(from[x * channels + c], by[x]);
    }
  }
  return out;
}

template <class Function>
cv::Mat at_any_depth(const cv::Mat& in, const cv::Mat& alpha, Function function) {
  switch (depth_from_cv(in.depth())) {
    case Depth::u8:
      return with_alpha<std::uint8_t>(in, alpha, function);
    case Depth::u16:
      return with_alpha<std::uint16_t>(in, alpha, function);
    case Depth::f32:
      break;
  }
  return with_alpha<float>(in, alpha, function);
}

// What a filter reads for a pixel of one column, or one row, counted from the segment's beginning: from, and
// up to. `read(i)` says it for the i-th, and may go beyond the segment.
struct Span {
  int begin;
  int end;
};
template <class Read>
std::vector<Span> spans(int count, Read read) {
  std::vector<Span> list;
  for (int i = 0; i < count; ++i) {
    const auto [begin, end] = read(i);
    list.push_back({std::clamp(begin, 0, count), std::clamp(end, 0, count)});
  }
  return list;
}

}  // namespace

cv::Mat alpha_of(const cv::Mat& in) {
  cv::Mat alpha;
  cv::extractChannel(in, alpha, in.channels() - 1);
  if (alpha.depth() != CV_32F) return alpha;
  for (int y = 0; y < alpha.rows; ++y) {
    auto* row = alpha.ptr<float>(y);
    for (int x = 0; x < alpha.cols; ++x) row[x] = row[x] > 0 ? std::min(row[x], 1.0F) : 0;
  }
  return alpha;
}

cv::Mat weigh(const cv::Mat& colour, const cv::Mat& alpha) {
  return at_any_depth(colour, alpha, [](auto value, auto by) { return weighed(value, by); });
}

cv::Mat unweigh(const cv::Mat& values, const cv::Mat& alpha) {
  return at_any_depth(values, alpha, [](auto value, auto by) { return unweighed(value, by); });
}

cv::Mat opaque_surroundings(const cv::Mat& alpha, const Halo& halo, const Place& place) {
  const cv::Mat clear = (alpha < white_of(depth_from_cv(alpha.depth()))) / 255;
  cv::Mat1i sums;  // of a row and a column more
  cv::integral(clear, sums, CV_32S);
  const cv::Point corner = place.segment.tl();
  const auto columns = spans(alpha.cols, [&](int x) {
    const cv::Rect read = region_read(halo, {corner.x + x, 0, 1, 1}, place.image);
    return Span{read.x - corner.x, read.br().x - corner.x};
  });
  const auto rows = spans(alpha.rows, [&](int y) {
    const cv::Rect read = region_read(halo, {0, corner.y + y, 1, 1}, place.image);
    return Span{read.y - corner.y, read.br().y - corner.y};
  });
  cv::Mat result(alpha.size(), CV_8U);
  for (int y = 0; y < alpha.rows; ++y) {
    const auto [begin, end] = rows[static_cast<std::size_t>(y)];
    const int *above = sums[begin], *below = sums[end];
    auto* to = result.ptr<std::uint8_t>(y);
    for (int x = 0; x < alpha.cols; ++x) {
      const auto [left, right] = columns[static_cast<std::size_t>(x)];
      to[x] = below[right] - below[left] == above[right] - above[left] ? 255 : 0;
    }
  }
  return result;
}

}  // namespace tilework::engine
