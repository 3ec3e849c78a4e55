// cv::GaussianBlur of 8-bit pixels, the same bytes in less time, for processors with AVX2.
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
#include <immintrin.h>
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
#define TILEWORK_AVX2 __attribute__((target("avx2")))

// One blur of one image; of no use afterwards.
class GaussianU8 {
 public:
  static constexpr int vector_bytes = 32;

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
  static constexpr int rows_at_once = 4;  // as many sums as there are registers for
  // Sums of columns are below 65536, and lie 32768 lower to fit the signed numbers of the multiplication of
  // rows.
  static constexpr int shift = 32768;

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

  TILEWORK_AVX2 static __m256i load(const void* from) {
    return _mm256_loadu_si256(static_cast<const __m256i*>(from));
  }
  TILEWORK_AVX2 static void store(void* to, __m256i value) {
    _mm256_storeu_si256(static_cast<__m256i*>(to), value);
  }

  // AVX2 interleaves each half of a vector by itself: this puts the quarters in order and stores 64 bytes.
  TILEWORK_AVX2 static void store_in_order(void* to, __m256i low, __m256i high) {
    store(to, _mm256_permute2x128_si256(low, high, 0x20));
    store(static_cast<std::uint8_t*>(to) + vector_bytes, _mm256_permute2x128_si256(low, high, 0x31));
  }

  // Sums `rows`, each by its weight, into 32 values from `place` of each of `column_sums_`.
  TILEWORK_AVX2 void sum_columns(const std::vector<const std::uint8_t*>& rows, int place) {
    __m256i low[rows_at_once], high[rows_at_once];
#pragma GCC unroll 4
    for (int i = 0; i < rows_at_once; ++i) low[i] = high[i] = _mm256_set1_epi16(-shift);
    for (std::size_t row = 0; row + 1 < rows.size(); row += 2) {
      const __m256i a = load(rows[row] + place), b = load(rows[row + 1] + place);
      const __m256i ab_low = _mm256_unpacklo_epi8(a, b), ab_high = _mm256_unpackhi_epi8(a, b);
      const std::int32_t* weights = column_pairs_.data() + row + rows_at_once - 1;
#pragma GCC unroll 4
      for (int i = 0; i < rows_at_once; ++i) {
        const __m256i pair = _mm256_set1_epi32(weights[-i]);
        low[i] = _mm256_add_epi16(low[i], _mm256_maddubs_epi16(ab_low, pair));
        high[i] = _mm256_add_epi16(high[i], _mm256_maddubs_epi16(ab_high, pair));
      }
    }
#pragma GCC unroll 4
    for (std::size_t i = 0; i < rows_at_once; ++i) {
      store_in_order(column_sums_[i].data() + reach() * in_.channels() + place, low[i], high[i]);
    }
  }

  // Reflects a row's sums at its ends, and lays each beside that of the next pixel.
  TILEWORK_AVX2 void pair_neighbours(std::vector<std::int16_t>& sums) {
    const auto channels = static_cast<std::size_t>(in_.channels());
    const auto pixel = [&](int column) { return sums.begin() + (reach() + column) * in_.channels(); };
    for (int border = 0; border < reach(); ++border) {
      const auto index = static_cast<std::size_t>(border);
      std::copy_n(pixel(left_[index]), channels, pixel(border - reach()));
      std::copy_n(pixel(right_[index]), channels, pixel(in_.cols + border));
    }
    const auto count = static_cast<std::size_t>((in_.cols + 2 * reach()) * in_.channels());
    for (std::size_t value = 0; value < count; value += 16) {
      const __m256i a = load(sums.data() + value), b = load(sums.data() + value + channels);
      store_in_order(neighbours_.data() + value, _mm256_unpacklo_epi16(a, b), _mm256_unpackhi_epi16(a, b));
    }
  }

  // The result's 32 bytes from `place`.
  TILEWORK_AVX2 void sum_rows(std::uint8_t* out, int place) const {
    __m256i sums[4];
#pragma GCC unroll 4
    for (auto& sum : sums) sum = _mm256_set1_epi32(256 * shift + 32768);  // of which the latter rounds
    const std::int32_t* from = neighbours_.data() + place;
    for (const std::int32_t weights : row_pairs_) {
      const __m256i pair = _mm256_set1_epi32(weights);
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) {
        sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(load(from + 8 * i), pair));
      }
      from += 2 * in_.channels();
    }
#pragma GCC unroll 4
    for (auto& sum : sums) sum = _mm256_srai_epi32(sum, 16);
    const __m256i bytes =
        _mm256_packus_epi16(_mm256_packs_epi32(sums[0], sums[1]), _mm256_packs_epi32(sums[2], sums[3]));
    store(out + place, _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7)));
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

#undef TILEWORK_AVX2
#endif

// cv::GaussianBlur(in, out, {size, size}, 0). An `in` of u8 is taken as a whole image (BORDER_ISOLATED).
inline void gaussian_blur(const cv::Mat& in, cv::OutputArray out, int size) {
#ifdef __x86_64__
  if (in.depth() == CV_8U && in.cols * in.channels() >= GaussianU8::vector_bytes &&
      __builtin_cpu_supports("avx2")) {
    if (const auto weights = gaussian_weights(size)) {
      out.create(in.size(), in.type());
      cv::Mat result = out.getMat();
      GaussianU8(*weights, in, result).run();
      return;
    }
  }
#endif
  cv::GaussianBlur(in, out, {size, size}, 0);
}

}  // namespace tilework
