#include "server/imageio/metadata/character_sets.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace tilework::imageio {
namespace {

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Takes one character from the front; none if it isn't well formed.
std::optional<std::uint32_t> take_character(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first >= 0x80 && (first < 0xC2 || first > 0xF4)) return std::nullopt;
  const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (text.size() < length) return std::nullopt;
  std::uint32_t code = length == 1 ? first : first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return std::nullopt;
    code = code << 6 | (next & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  if (code < smallest[length] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return std::nullopt;
  text.remove_prefix(length);
  return code;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (!take_character(text)) return false;
  }
  return true;
}

std::string utf8_of_latin1(std::string_view bytes) {
  if (is_utf8(bytes)) return std::string(bytes);
  std::string text;
  for (const char c : bytes) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x80) {
      text.push_back(c);
    } else {
      text.push_back(static_cast<char>(0xC0 | code >> 6));
      text.push_back(static_cast<char>(0x80 | (code & 0x3F)));
    }
  }
  return text;
}

std::optional<std::string> latin1_of_utf8(std::string_view text) {
  std::string bytes;
  while (!text.empty()) {
    const auto code = take_character(text);
    if (!code || *code > 0xFF) return std::nullopt;
    bytes.push_back(static_cast<char>(*code));
  }
  if (!is_ascii(bytes) && is_utf8(bytes)) return std::nullopt;
  return bytes;
}

}  // namespace tilework::imageio
