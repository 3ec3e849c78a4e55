// Whole numbers in either order of bytes, most significant first (big) or last (little). Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tilework::imageio {

// `size` bytes at `at`, 1 to 4; what lies beyond the end counts as 0.
inline std::uint32_t big_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + size; ++i) {
    value = value << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
  }
  return value;
}

inline std::uint32_t little_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = at + size; i-- > at;) {
    value = value << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
  }
  return value;
}

inline std::string big(std::uint32_t value, std::size_t size) {
  std::string bytes;
  while (size-- > 0) bytes.push_back(static_cast<char>(value >> 8 * size));
  return bytes;
}

inline std::string little(std::uint32_t value, std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(value >> 8 * i));
  return bytes;
}

}  // namespace tilework::imageio
