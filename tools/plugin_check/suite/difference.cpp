#include "tools/plugin_check/suite/difference.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <sstream>
#include <type_traits>

namespace tilework::conformance {
namespace {

template <class T>
bool equal(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
    return a == b || std::abs(a - b) <= 1e-5F * std::max(std::abs(a), std::abs(b));
  } else {
    return a == b;
  }
}

template <class T>
std::string first_difference(const cv::Mat& a, const cv::Mat& b) {
  long count = 0;
  std::ostringstream text;
  for (int y = 0; y < a.rows; ++y) {
    const T* row_a = a.ptr<T>(y);
    const T* row_b = b.ptr<T>(y);
    for (int i = 0; i < a.cols * a.channels(); ++i) {
      if (equal(row_a[i], row_b[i]) || ++count > 1) continue;
      text.precision(9);
      text << "first at x=" << i / a.channels() << " y=" << y << " channel " << i % a.channels() << ": "
           << +row_a[i] << " and " << +row_b[i];
    }
  }
  if (count > 0) text << ", " << count << " values in all";
  return text.str();
}

}  // namespace

std::string difference(const cv::Mat& a, const cv::Mat& b) {
  if (a.size() != b.size() || a.type() != b.type()) {
    std::ostringstream text;
    text << a.size() << " " << cv::typeToString(a.type()) << " and " << b.size() << " "
         << cv::typeToString(b.type());
    return text.str();
  }
  switch (a.depth()) {
    case CV_8U:
      return first_difference<std::uint8_t>(a, b);
    case CV_16U:
      return first_difference<std::uint16_t>(a, b);
    default:
      return first_difference<float>(a, b);
  }
}

}  // namespace tilework::conformance
