// PNG files by hand, for tests of what no library writes.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace tilework::test {

inline const std::string png_signature = "\x89PNG\r\n\x1a\n";

inline std::string big_endian(std::uint32_t number) {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16), static_cast<char>(number >> 8),
          static_cast<char>(number)};
}

inline std::uint32_t crc_of(const std::string& bytes) {  // as in the PNG specification, annex D
  static const auto table = [] {
    std::array<std::uint32_t, 256> made{};
    for (std::uint32_t i = 0; i < made.size(); ++i) {
      made[i] = i;
      for (int bit = 0; bit < 8; ++bit) made[i] = (made[i] >> 1) ^ ((made[i] & 1) != 0 ? 0xedb88320 : 0);
    }
    return made;
  }();
  std::uint32_t crc = 0xffffffff;
  for (const char byte : bytes) crc = table[(crc ^ static_cast<unsigned char>(byte)) & 0xff] ^ (crc >> 8);
  return ~crc;
}

inline std::string png_chunk(const std::string& type, const std::string& content) {
  return big_endian(static_cast<std::uint32_t>(content.size())) + type + content +
         big_endian(crc_of(type + content));
}

// Of 8 bits, gray.
inline std::string png_header(std::uint32_t width, std::uint32_t height, bool interlaced = false) {
  return png_chunk("IHDR", big_endian(width) + big_endian(height) + std::string("\x08\x00\x00\x00", 4) +
                               (interlaced ? '\1' : '\0'));
}

}  // namespace tilework::test
