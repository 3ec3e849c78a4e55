#include "schema/model/clean_text.h"

#include <algorithm>
#include <array>

namespace tilework {
namespace {

constexpr std::string_view ellipsis = "\xe2\x80\xa6";

struct Range {
  char32_t first, last;
};

// Format characters that can't be seen, by Unicode's general category Cf, but for U+200C and U+200D.
constexpr std::array<Range, 17> unseen{{{0xad, 0xad},
                                        {0x61c, 0x61c},
                                        {0x180e, 0x180e},
                                        {0x200b, 0x200b},
                                        {0x200e, 0x200f},
                                        {0x202a, 0x202e},
                                        {0x2060, 0x206f},
                                        {0xfdd0, 0xfdef},  // no characters
                                        {0xfeff, 0xfeff},
                                        {0xfff9, 0xfffb},
                                        {0x13430, 0x1343f},
                                        {0x1bca0, 0x1bca3},
                                        {0x1d173, 0x1d17a},
                                        {0xe0000, 0xe00ff},  // tags, and unused
                                        {0xe01f0, 0xe0fff},  // unused, and never to be seen
                                        {0x2028, 0x2029},    // separators of lines and paragraphs
                                        {0x7f, 0x9f}}};

bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x2028 || code == 0x2029;
}

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// By RFC 3629: no forms that are too long, no surrogates, nothing beyond Unicode.
std::size_t length_of_first(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return 1;
  const std::size_t length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length == 0 || text.size() < length) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  const bool is_bad = (first == 0xe0 && second < 0xa0) || (first == 0xed && second >= 0xa0) ||
                      (first == 0xf0 && second < 0x90) || (first == 0xf4 && second >= 0x90);
  return !is_bad && std::ranges::all_of(text.substr(1, length - 1), continues) ? length : 0;
}

// What stands in a clean text for the character that `text` begins with.
std::string_view shown(std::string_view text, const Character& character, bool keeps_lines) {
  if (!character.code) return "?";
  if (keeps_lines && text[0] == '\n') return "\n";
  if (is_control(*character.code)) return " ";
  return is_showable(*character.code) ? text.substr(0, character.bytes) : "?";
}

// As most texts are.
bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

std::string cleaned(std::string_view text, std::size_t most, bool keeps_lines) {
  if (text.size() <= most && is_plain(text)) return std::string(text);
  std::string clean;
  std::size_t fits = 0;  // of it, before an ellipsis
  while (!text.empty()) {
    const Character character = first_character(text);
    const auto next = shown(text, character, keeps_lines);
    if (next.size() > most - clean.size()) {
      clean.resize(fits);
      return clean.append(ellipsis);
    }
    clean += next;
    if (most - clean.size() >= ellipsis.size()) fits = clean.size();
    text.remove_prefix(character.bytes);
  }
  return clean;
}

}  // namespace

Character first_character(std::string_view text) {
  const std::size_t length = length_of_first(text);
  if (length == 0) return {1, std::nullopt};
  const auto first = static_cast<unsigned char>(text[0]);
  if (length == 1) return {1, first};
  char32_t code = first & (0x7fu >> length);
  for (const char c : text.substr(1, length - 1)) code = code << 6 | (static_cast<unsigned char>(c) & 0x3fu);
  return {length, code};
}

bool is_showable(char32_t code) {
  if (code < 0x20 || (code & 0xfffe) == 0xfffe) return false;  // the last two of each plane are no characters
  return std::ranges::none_of(unseen, [&](const Range& r) { return code >= r.first && code <= r.last; });
}

std::string clean_line(std::string_view text, std::size_t most) {
  return cleaned(text, most, false);
}

std::string clean_text(std::string_view text, std::size_t most) {
  return cleaned(text, most, true);
}

bool is_clean_line(std::string_view text, std::size_t most) {
  return text.size() <= most && clean_line(text) == text;
}

std::string in_quotes(std::string_view text) {
  std::string value = "\"";
  for (const char c : clean_line(text)) {
    if (c == '"' || c == '\\') value += '\\';
    value += c;
  }
  return value + '"';
}

std::string log_value(std::string_view text) {
  const bool is_word = !text.empty() && std::ranges::all_of(text, [](char c) {
    return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '=';
  });
  return is_word ? std::string(text) : in_quotes(text);
}

}  // namespace tilework
