// cv::GaussianBlur of 8-bit pixels, the same bytes in less time, for processors with AVX2 or AVX-512.
//
// OpenCV computes it in fixed point: weights of 1/256 that sum up to 1, rows first, then columns, no rounding
// in between and one at the end. So the result is a sum of integers, whose order doesn't matter. Here columns
// come first: they take bytes as they lie in the image, two rows by one instruction, and four rows of the
// result share what was loaded. What that gives is 16 bits wide and 32 bits only once rows are summed up.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include <opencv2/imgproc.hpp>

#ifdef __x86_64__
#include "gaussian_u8_avx2.h"
#include "gaussian_u8_avx512.h"
#endif

namespace tilework {

// The weights of cv::GaussianBlur(size, sigma 0) in 1/256, without the zeros at both ends; an odd number of
// them. Nothing if two neighbours exceed 127 together, which narrow kernels' do: GaussianU8 can't add them in
// 16 bits.
inline std::optional<std::vector<int>> gaussian_weights(int size) {
  cv::Mat impulse(1, 2 * size + 1, CV_8UC1, cv::Scalar(0)), answer;
  impulse.at<std::uint8_t>(0, size) = 255;
  // 255/256 of a weight up to 128 is rounded to that weight.
  cv::GaussianBlur(impulse, answer, {size, 1}, 0);

  int first = size - size / 2, last = size + size / 2;
  const auto at = [&](int column) { return int{answer.at<std::uint8_t>(0, column)}; };
  while (first < size && at(first) == 0 && at(last) == 0) ++first, --last;
  std::vector<int> weights;
  int sum = 0;
  for (int column = first; column <= last; ++column) {
    if (column > first && weights.back() + at(column) > 127) return std::nullopt;
    weights.push_back(at(column));
    sum += at(column);
  }
  if (sum != 256) return std::nullopt;
  return weights;
}

#ifdef __x86_64__

// One blur of one image; of no use afterwards. `Vectors` are the processor's: GaussianU8Avx2 or -Avx512.
template <class Vectors>
class GaussianU8 {
 public:
  static constexpr int vector_bytes = Vectors::bytes;

  // `in` is u8 with rows of at least `vector_bytes` bytes, `out` of its size and type and other memory. At
  // the borders pixels are reflected (BORDER_REFLECT_101), also where `in` is part of a larger matrix. Both
  // must outlive this.
  GaussianU8(const std::vector<int>& weights, const cv::Mat& in, cv::Mat& out)
      : taps_(static_cast<int>(weights.size())), in_(in), out_(out), row_values_(in.cols * in.channels()) {
    const auto weight = [&](int tap) {
      return tap >= 0 && tap < taps_ ? weights[static_cast<std::size_t>(tap)] : 0;
    };
    for (int tap = 1 - rows_at_once; tap < taps_ + rows_at_once; ++tap) {
      column_pairs_.push_back((weight(tap) | weight(tap + 1) << 8) * 0x10001);
    }
    for (int tap = 0; tap < taps_; tap += 2) row_pairs_.push_back(weight(tap) | weight(tap + 1) << 16);
    for (int border = 0; border < reach(); ++border) {
      left_.push_back(reflected(border - reach(), in.cols));
      right_.push_back(reflected(in.cols + border, in.cols));
    }
    // Rounded up to whole vectors, and a pixel more, since pairs reach one further than what is used of them.
    const auto room =
        static_cast<std::size_t>((in.cols + 2 * reach() + 1) * in.channels() + 2 * vector_bytes);
    for (auto& sums : column_sums_) sums.resize(room);
    neighbours_.resize(room);
  }

  void run() {
    std::vector<const std::uint8_t*> rows(
        static_cast<std::size_t>(taps_ + rows_at_once - 1));  // an even number
    for (int top = 0; top < in_.rows; top += rows_at_once) {
      for (int row = 0; row < taps_ + rows_at_once - 1; ++row) {
        // Rows of the result below the image are summed up like any other, from whichever rows.
        const int wanted = std::min(top + row - reach(), in_.rows - 1 + reach());
        rows[static_cast<std::size_t>(row)] = in_.ptr(reflected(wanted, in_.rows));
      }
      across([&](int place) { sum_columns(rows, place); });
      for (int row = 0; row < std::min(rows_at_once, in_.rows - top); ++row) {
        pair_neighbours(column_sums_[static_cast<std::size_t>(row)]);
        across([&](int place) { sum_rows(out_.ptr(top + row), place); });
      }
    }
  }

 private:
  static constexpr int rows_at_once = gaussian_u8_rows;

  static int reflected(int index, int count) {
    return cv::borderInterpolate(index, count, cv::BORDER_REFLECT_101);
  }
  int reach() const { return taps_ / 2; }

  // Calls for each vector of a row of bytes; the last overlaps the one before it rather than the row's end.
  template <class Function>
  void across(Function&& function) const {
    int place = 0;
    for (; place + vector_bytes <= row_values_; place += vector_bytes) function(place);
    if (place < row_values_) function(row_values_ - vector_bytes);
  }

  // Sums `rows`, each by its weight, into a vector of values from `place` of each of `column_sums_`.
  void sum_columns(const std::vector<const std::uint8_t*>& rows, int place) {
    std::array<std::int16_t*, rows_at_once> to;
    for (std::size_t i = 0; i < to.size(); ++i) {
      to[i] = column_sums_[i].data() + reach() * in_.channels() + place;
    }
    Vectors::sum_columns(rows, place, column_pairs_.data() + rows_at_once - 1, to);
  }

  // Reflects a row's sums at its ends, and lays each beside that of the next pixel.
  void pair_neighbours(std::vector<std::int16_t>& sums) {
    const auto channels = static_cast<std::size_t>(in_.channels());
    const auto pixel = [&](int column) { return sums.begin() + (reach() + column) * in_.channels(); };
    for (int border = 0; border < reach(); ++border) {
      const auto index = static_cast<std::size_t>(border);
      std::copy_n(pixel(left_[index]), channels, pixel(border - reach()));
      std::copy_n(pixel(right_[index]), channels, pixel(in_.cols + border));
    }
    const auto count = static_cast<std::size_t>((in_.cols + 2 * reach()) * in_.channels());
    Vectors::pair_neighbours(sums.data(), channels, count, neighbours_.data());
  }

  // The result's vector of bytes from `place`.
  void sum_rows(std::uint8_t* out, int place) const {
    Vectors::sum_rows(neighbours_.data() + place, row_pairs_, 2 * in_.channels(), out + place);
  }

  int taps_;
  const cv::Mat& in_;
  cv::Mat& out_;
  int row_values_;
  std::vector<std::int32_t>
      column_pairs_;  // bytes: the weights of taps t, t + 1, t, t + 1; from t = 1 - rows_at_once
  std::vector<std::int32_t> row_pairs_;  // 16 bits each: the weights of taps t, t + 1; every second t from 0
  std::vector<int> left_, right_;        // where pixels beyond either end come from
  std::array<std::vector<std::int16_t>, rows_at_once> column_sums_;
  std::vector<std::int32_t> neighbours_;
};

template <class Vectors>
bool can_blur(const cv::Mat& in) {
  return in.cols * in.channels() >= Vectors::bytes && Vectors::are_there();
}

template <class Vectors>
void gaussian_blur_u8(const std::vector<int>& weights, const cv::Mat& in, cv::OutputArray out) {
  out.create(in.size(), in.type());
  cv::Mat result = out.getMat();
  GaussianU8<Vectors>(weights, in, result).run();
}
#endif

// cv::GaussianBlur(in, out, {size, size}, 0). An `in` of u8 is taken as a whole image (BORDER_ISOLATED).
inline void gaussian_blur(const cv::Mat& in, cv::OutputArray out, int size) {
#ifdef __x86_64__
  if (in.depth() == CV_8U && can_blur<GaussianU8Avx2>(in)) {
    if (const auto weights = gaussian_weights(size)) {
      return can_blur<GaussianU8Avx512>(in) ? gaussian_blur_u8<GaussianU8Avx512>(*weights, in, out)
                                            : gaussian_blur_u8<GaussianU8Avx2>(*weights, in, out);
    }
  }
#endif
  cv::GaussianBlur(in, out, {size, size}, 0);
}

}  // namespace tilework
