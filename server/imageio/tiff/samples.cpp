#include "server/imageio/tiff/samples.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

namespace tilework::imageio {
namespace {

using Kind = SampleType::Kind;

bool is_whole_bytes(int bits) {
  return bits == 8 || bits == 16 || bits == 24 || bits == 32 || bits == 64;
}

// Calls use(i, value) for each of the samples, which have 1 to 16 bits.
template <class Use>
void for_bits(const std::uint8_t* packed, int bits, int count, const Use& use) {
  std::uint32_t held = 0;
  int held_bits = 0;
  const std::uint32_t mask = (1U << bits) - 1;
  for (int i = 0; i < count; ++i) {
    while (held_bits < bits) {
      held = held << 8 | *packed++;
      held_bits += 8;
    }
    held_bits -= bits;
    use(i, held >> held_bits & mask);
  }
}

template <class T>
void scale_bits(const std::uint8_t* packed, int bits, cv::Mat& out) {
  constexpr std::uint32_t white = std::numeric_limits<T>::max();
  const std::uint32_t most = (1U << bits) - 1;
  T* to = out.ptr<T>();
  for_bits(packed, bits, out.cols,
           [&](int i, std::uint32_t value) { to[i] = static_cast<T>((value * white + most / 2) / most); });
}

template <class T>
void take_values(const std::uint8_t* packed, cv::Mat& out) {
  for (int i = 0; i < out.cols; ++i) {
    T value;
    std::memcpy(&value, packed + sizeof(T) * static_cast<std::size_t>(i), sizeof(T));
    out.ptr<float>()[i] = static_cast<float>(value);
  }
}

// Adobe's "TIFF Technical Note 3": a sign, 7 bits of exponent, 16 of mantissa.
float float_of_24(std::uint32_t bits) {
  const auto exponent = static_cast<int>(bits >> 16 & 0x7f);
  const auto mantissa = static_cast<float>(bits & 0xffff);
  const float sign = (bits & 0x800000) != 0 ? -1.0F : 1.0F;
  if (exponent == 0x7f) {
    return mantissa == 0 ? sign * std::numeric_limits<float>::infinity()
                         : std::numeric_limits<float>::quiet_NaN();
  }
  return sign * (exponent == 0 ? std::ldexp(mantissa, -62 - 16)
                               : std::ldexp(mantissa + 65536.0F, exponent - 63 - 16));
}

void take_24_bits(const std::uint8_t* packed, Kind kind, cv::Mat& out) {
  for (int i = 0; i < out.cols; ++i, packed += 3) {
    const auto value =
        packed[0] | static_cast<std::uint32_t>(packed[1]) << 8 | static_cast<std::uint32_t>(packed[2]) << 16;
    const auto number = static_cast<std::int32_t>(value);
    const bool is_negative = kind == Kind::negative_too && (value & 0x800000) != 0;
    out.ptr<float>()[i] = kind == Kind::floating
                              ? float_of_24(value)
                              : static_cast<float>(is_negative ? number - 0x1000000 : number);
  }
}

void take_halves(const std::uint8_t* packed, cv::Mat& out) {
  std::vector<std::uint8_t> copy(packed, packed + 2 * out.cols);  // which OpenCV may write to
  cv::Mat(1, out.cols, CV_16F, copy.data()).convertTo(out, CV_32F);
}

void take_floats(const std::uint8_t* packed, int bits, cv::Mat& out) {
  if (bits == 16) take_halves(packed, out);
  if (bits == 32) take_values<float>(packed, out);
  if (bits == 64) take_values<double>(packed, out);
}

void take_whole(const std::uint8_t* packed, int bits, cv::Mat& out) {
  if (bits == 32) take_values<std::uint32_t>(packed, out);
  if (bits == 64) take_values<std::uint64_t>(packed, out);
}

void take_negative_too(const std::uint8_t* packed, int bits, cv::Mat& out) {
  if (bits == 8) take_values<std::int8_t>(packed, out);
  if (bits == 16) take_values<std::int16_t>(packed, out);
  if (bits == 32) take_values<std::int32_t>(packed, out);
  if (bits == 64) take_values<std::int64_t>(packed, out);
}

template <class T>
void divide(cv::Mat& rows) {
  const int channels = rows.channels();
  for (int y = 0; y < rows.rows; ++y) {
    T* pixel = rows.ptr<T>(y);
    for (int x = 0; x < rows.cols; ++x, pixel += channels) {
      const T alpha = pixel[channels - 1];
      for (int c = 0; c + 1 < channels; ++c) {
        if constexpr (std::is_floating_point_v<T>) {
          if (alpha > 0) pixel[c] /= alpha;
        } else if (alpha > 0) {
          constexpr std::uint32_t white = std::numeric_limits<T>::max();
          pixel[c] = static_cast<T>(std::min(white, (pixel[c] * white + alpha / 2U) / alpha));
        }
      }
    }
  }
}

template <class T>
void invert_as(cv::Mat& rows, T white, int channels) {
  for (int y = 0; y < rows.rows; ++y) {
    T* pixel = rows.ptr<T>(y);
    for (int x = 0; x < rows.cols; ++x, pixel += rows.channels()) {
      for (int c = 0; c < channels; ++c) pixel[c] = static_cast<T>(white - pixel[c]);
    }
  }
}

}  // namespace

bool has_depth(SampleType type) {
  if (type.kind == Kind::whole && type.bits >= 1 && type.bits <= 16) return true;
  if (type.kind == Kind::floating && type.bits == 8) return false;
  return is_whole_bytes(type.bits);
}

Depth depth_of(SampleType type) {
  if (type.kind != Kind::whole || type.bits > 16) return Depth::f32;
  return type.bits <= 8 ? Depth::u8 : Depth::u16;
}

bool is_rounded(SampleType type) {
  return type.bits == 64 || (type.bits == 32 && type.kind != Kind::floating);
}

bool is_ours(SampleType type) {
  return type.kind == Kind::whole ? type.bits == 8 || type.bits == 16
                                  : type.kind == Kind::floating && type.bits == 32;
}

void unpack(const std::uint8_t* packed, SampleType type, cv::Mat out) {
  if (is_ours(type)) {
    std::memcpy(out.data, packed, out.total() * out.elemSize());
  } else if (type.kind == Kind::whole && type.bits < 8) {
    scale_bits<std::uint8_t>(packed, type.bits, out);
  } else if (type.kind == Kind::whole && type.bits < 16) {
    scale_bits<std::uint16_t>(packed, type.bits, out);
  } else if (type.bits == 24) {
    take_24_bits(packed, type.kind, out);
  } else if (type.kind == Kind::floating) {
    take_floats(packed, type.bits, out);
  } else if (type.kind == Kind::whole) {
    take_whole(packed, type.bits, out);
  } else {
    take_negative_too(packed, type.bits, out);
  }
}

std::optional<double> unpacked(double value, SampleType type) {
  if (type.kind == Kind::floating) {
    const bool is_too_large = std::isfinite(value) && std::abs(value) > std::numeric_limits<float>::max();
    return is_too_large ? std::nullopt : std::optional(value);
  }
  const bool has_sign = type.kind == Kind::negative_too;
  const double end = std::ldexp(1.0, has_sign ? type.bits - 1 : type.bits);
  if (!(value >= (has_sign ? -end : 0) && value < end) || value != std::floor(value)) return std::nullopt;
  if (depth_of(type) == Depth::f32) return value;
  const double white = depth_of(type) == Depth::u8 ? 255 : 65535;
  return std::floor(value * white / (end - 1) + 0.5);
}

void unpack_indices(const std::uint8_t* packed, int bits, cv::Mat out) {
  if (bits == 16) {
    std::memcpy(out.data, packed, out.total() * out.elemSize());
  } else {
    for_bits(packed, bits, out.cols, [to = out.ptr<std::uint16_t>()](int i, std::uint32_t value) {
      to[i] = static_cast<std::uint16_t>(value);
    });
  }
}

void divide_by_alpha(cv::Mat& rows) {
  if (rows.depth() == CV_8U) divide<std::uint8_t>(rows);
  if (rows.depth() == CV_16U) divide<std::uint16_t>(rows);
  if (rows.depth() == CV_32F) divide<float>(rows);
}

void invert(cv::Mat& rows, double white, bool has_alpha) {
  const int channels = rows.channels() - (has_alpha ? 1 : 0);
  if (rows.depth() == CV_8U) invert_as<std::uint8_t>(rows, static_cast<std::uint8_t>(white), channels);
  if (rows.depth() == CV_16U) invert_as<std::uint16_t>(rows, static_cast<std::uint16_t>(white), channels);
  if (rows.depth() == CV_32F) invert_as<float>(rows, static_cast<float>(white), channels);
}

}  // namespace tilework::imageio
