#include "server/imageio/storing/palette.h"

namespace tilework::imageio {
namespace {

// A pixel as BGRA in one number.
template <int channels>
std::uint32_t key_of(const std::uint8_t* pixel) {
  const std::uint8_t alpha = channels % 2 == 0 ? pixel[channels - 1] : 255;
  if constexpr (channels < 3)
    return static_cast<std::uint32_t>(pixel[0]) * 0x10101u | std::uint32_t{alpha} << 24;
  return pixel[0] | std::uint32_t{pixel[1]} << 8 | std::uint32_t{pixel[2]} << 16 | std::uint32_t{alpha} << 24;
}

cv::Vec4b colour_of(std::uint32_t key) {
  return {static_cast<std::uint8_t>(key), static_cast<std::uint8_t>(key >> 8),
          static_cast<std::uint8_t>(key >> 16), static_cast<std::uint8_t>(key >> 24)};
}

}  // namespace

bool is_on_levels(const cv::Mat& rows, int bits) {
  const int step = 255 / ((1 << bits) - 1);
  std::array<std::uint8_t, 256> is_off{};
  for (int value = 0; value < 256; ++value) is_off[static_cast<std::size_t>(value)] = value % step != 0;
  for (int y = 0; y < rows.rows; ++y) {
    const std::uint8_t* row = rows.ptr(y);
    unsigned off = 0;
    for (int x = 0; x < rows.cols; ++x) off |= is_off[row[x]];
    if (off != 0) return false;
  }
  return true;
}

std::size_t Palette::slot_of(std::uint32_t colour) const {
  std::size_t slot = colour * 2654435769u >> 22;  // Fibonacci hashing, to 10 bits
  while (slots_[slot] >= 0 && keys_[static_cast<std::size_t>(slots_[slot])] != colour) {
    slot = (slot + 1) % slots_.size();
  }
  return slot;
}

template <int channels>
bool Palette::add_rows(const cv::Mat& rows) {
  for (int y = 0; y < rows.rows; ++y) {
    const std::uint8_t* pixel = rows.ptr(y);
    std::uint32_t last = ~key_of<channels>(pixel);
    for (int x = 0; x < rows.cols; ++x, pixel += channels) {
      const std::uint32_t key = key_of<channels>(pixel);
      if (key == last) continue;
      last = key;
      const std::size_t slot = slot_of(key);
      if (slots_[slot] >= 0) continue;
      if (keys_.size() == most) return false;
      slots_[slot] = static_cast<std::int16_t>(keys_.size());
      keys_.push_back(key);
      colours_.push_back(colour_of(key));
    }
  }
  return true;
}

template <int channels>
void Palette::look_up_rows(const cv::Mat& rows, cv::Mat& indexes) const {
  for (int y = 0; y < rows.rows; ++y) {
    const std::uint8_t* pixel = rows.ptr(y);
    for (int x = 0; x < rows.cols; ++x, pixel += channels) {
      indexes.ptr(y)[x] = static_cast<std::uint8_t>(slots_[slot_of(key_of<channels>(pixel))]);
    }
  }
}

bool Palette::add(const cv::Mat& rows) {
  switch (rows.channels()) {
    case 1:
      return add_rows<1>(rows);
    case 2:
      return add_rows<2>(rows);
    case 3:
      return add_rows<3>(rows);
    default:
      return add_rows<4>(rows);
  }
}

int Palette::bits() const {
  return colours_.size() <= 2 ? 1 : colours_.size() <= 4 ? 2 : colours_.size() <= 16 ? 4 : 8;
}

void Palette::look_up(const cv::Mat& rows, cv::Mat& indexes) const {
  switch (rows.channels()) {
    case 1:
      return look_up_rows<1>(rows, indexes);
    case 2:
      return look_up_rows<2>(rows, indexes);
    case 3:
      return look_up_rows<3>(rows, indexes);
    default:
      return look_up_rows<4>(rows, indexes);
  }
}

}  // namespace tilework::imageio
