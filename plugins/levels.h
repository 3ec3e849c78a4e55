// Counts how often each level of brightness occurs. 8 and 16 bit have a level for each value; float has 65536
// between 0 and 1, and what lies outside counts as the nearest of them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include <opencv2/core.hpp>
#include <tilework/bytes.h>

namespace levels {

constexpr std::size_t count_for(int cv_depth) {
  return cv_depth == CV_8U ? 256 : 65536;
}

// The position among `count_for` levels; for floats between two of them.
template <class T>
float position(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    return value > 0 ? std::min(value, T{1}) * 65535 : 0;  // 0 for NaN as well
  } else {
    return value;
  }
}

template <class T>
std::size_t nearest(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<std::size_t>(position(value) + 0.5F);
  } else {
    return value;
  }
}

// For each level, how many values have it.
using Histogram = std::vector<std::uint64_t>;

// Calls function(T{}) with T the type of the depth's values.
template <class Function>
void with_value_type(int cv_depth, Function&& function) {
  switch (cv_depth) {
    case CV_8U:
      return function(std::uint8_t{});
    case CV_16U:
      return function(std::uint16_t{});
    default:
      return function(float{});
  }
}

// Adds one channel of the pixels.
inline void count(const cv::Mat& pixels, int channel, Histogram& histogram) {
  histogram.resize(count_for(pixels.depth()));
  with_value_type(pixels.depth(), [&](auto type) {
    for (int y = 0; y < pixels.rows; ++y) {
      const auto* value = pixels.ptr<decltype(type)>(y) + channel;
      for (int x = 0; x < pixels.cols; ++x, value += pixels.channels()) ++histogram[nearest(*value)];
    }
  });
}

inline void add(Histogram& into, const Histogram& from) {
  into.resize(std::max(into.size(), from.size()));
  for (std::size_t i = 0; i < from.size(); ++i) into[i] += from[i];
}

}  // namespace levels
