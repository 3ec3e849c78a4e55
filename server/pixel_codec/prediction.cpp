#include "server/pixel_codec/prediction.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace tilework::pixel_codec {
namespace {

constexpr int green = 1;

template <class T, int channels>
void subtract_green(const T* __restrict row, T* __restrict differences, std::size_t values) {
  for (std::size_t i = 0; i < values; i += channels) {
    const T middle = row[i + green];
    differences[i] = static_cast<T>(row[i] - middle);
    differences[i + 1] = middle;
    differences[i + 2] = static_cast<T>(row[i + 2] - middle);
    if constexpr (channels == 4) differences[i + 3] = row[i + 3];
  }
}

}  // namespace

template <class T>
Prediction<T>::Prediction(int width, int channels)
    : values_(static_cast<std::size_t>(width) * static_cast<std::size_t>(channels)),
      channels_(channels),
      above_(values_ + static_cast<std::size_t>(channels)),
      here_(above_.size()) {}

template <class T>
void Prediction<T>::residuals_of(const T* row, T* __restrict residuals) {
  T* const first = here_.data() + channels_;
  if (channels_ == 3) {
    subtract_green<T, 3>(row, first, values_);
  } else if (channels_ == 4) {
    subtract_green<T, 4>(row, first, values_);
  } else {
    std::copy_n(row, values_, first);
  }
  const T* const here = first;
  const T* const left = here_.data();
  const T* const above = above_.data() + channels_;
  const T* const above_left = above_.data();
  for (std::size_t i = 0; i < values_; ++i) {
    residuals[i] = static_cast<T>(here[i] - left[i] - above[i] + above_left[i]);
  }
  std::swap(here_, above_);
}

// The residuals of a row add up to its differences from the row above.
template <class T>
template <int channels>
void Prediction<T>::restore(const T* __restrict residuals, T* __restrict row) {
  const T* __restrict above = above_.data() + channels;
  T* __restrict here = here_.data() + channels;
  T sums[channels] = {};
  for (std::size_t i = 0; i < values_; i += channels) {
    for (int c = 0; c < channels; ++c) {
      const auto at = i + static_cast<std::size_t>(c);
      sums[c] = static_cast<T>(sums[c] + residuals[at]);
      here[at] = static_cast<T>(sums[c] + above[at]);
    }
    for (int c = 0; c < channels; ++c) {
      const auto at = i + static_cast<std::size_t>(c);
      const bool is_difference = channels >= 3 && (c == 0 || c == 2);
      row[at] = static_cast<T>(here[at] + (is_difference ? here[i + green] : T{0}));
    }
  }
  std::swap(here_, above_);
}

template <class T>
void Prediction<T>::row_of(const T* residuals, T* row) {
  switch (channels_) {
    case 1:
      return restore<1>(residuals, row);
    case 2:
      return restore<2>(residuals, row);
    case 3:
      return restore<3>(residuals, row);
    default:
      return restore<4>(residuals, row);
  }
}

template class Prediction<std::uint8_t>;
template class Prediction<std::uint16_t>;
template class Prediction<std::uint32_t>;

}  // namespace tilework::pixel_codec
