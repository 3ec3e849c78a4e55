#include "server/imageio/png/raw_profile.h"

#include <algorithm>
#include <cctype>

#include "server/imageio/metadata/exif_block.h"
#include "server/imageio/metadata/photoshop.h"

namespace tilework::imageio {
namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

void skip_spaces(std::string_view& text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
}

std::string_view take_word(std::string_view& text) {
  skip_spaces(text);
  const auto* end = std::ranges::find_if(text, is_space);
  const std::string_view word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(word.size());
  return word;
}

void set_once(std::string& to, std::string bytes) {
  if (to.empty()) to = std::move(bytes);
}

// The text's first line, which says the type in whatever words: "iptc", "IPTC profile".
void skip_type(std::string_view& text) {
  skip_spaces(text);
  text.remove_prefix(std::min(text.find('\n'), text.size()));
}

void take_resources(std::string_view bytes, Metadata& metadata) {
  ImageResources resources = split_resources(bytes);
  set_once(metadata.iptc, std::move(resources.iptc));
  set_once(metadata.photoshop, std::move(resources.others));
}

}  // namespace

std::string raw_profile(std::string_view type, std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  const std::string length = std::to_string(bytes.size());
  std::string text =
      "\n" + std::string(type) + "\n" + std::string(length.size() < 8 ? 8 - length.size() : 0, ' ') + length;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i % 36 == 0) text.push_back('\n');
    const auto byte = static_cast<unsigned char>(bytes[i]);
    text.push_back(digits[byte >> 4]);
    text.push_back(digits[byte & 15]);
  }
  return text + "\n";
}

std::optional<std::string> bytes_of_raw_profile(std::string_view text) {
  skip_type(text);
  const std::string_view length = take_word(text);
  if (length.empty() || length.size() > 9 ||
      !std::ranges::all_of(length, [](unsigned char c) { return std::isdigit(c); })) {
    return std::nullopt;
  }
  const std::size_t size = std::stoul(std::string(length));
  std::string bytes;
  int high = -1;
  for (const char c : text) {
    if (is_space(c)) continue;
    const int value = digit(c);
    if (value < 0) return std::nullopt;
    if (high >= 0) bytes.push_back(static_cast<char>(high << 4 | value));
    high = high < 0 ? value : -1;
  }
  if (bytes.size() < size || high >= 0) return std::nullopt;
  bytes.resize(size);
  return bytes;
}

bool take_raw_profile(std::string_view type, std::string bytes, Metadata& metadata) {
  constexpr std::string_view xmp_name("http://ns.adobe.com/xap/1.0/\0", 29);
  if (type == "xmp" || (type == "APP1" && bytes.starts_with(xmp_name))) {
    if (bytes.starts_with(xmp_name)) bytes.erase(0, xmp_name.size());
    set_once(metadata.xmp, std::move(bytes));
  } else if (type == "exif" || type == "APP1") {
    set_once(metadata.exif, exif_block(std::move(bytes)));
  } else if (type == "icc" || type == "icm") {
    set_once(metadata.icc, std::move(bytes));
  } else if ((type == "iptc" || type == "8bim") && bytes.starts_with("8BIM")) {
    take_resources(bytes, metadata);
  } else if (type == "iptc") {
    set_once(metadata.iptc, std::move(bytes));
  } else {
    return type == "8bim";
  }
  return true;
}

}  // namespace tilework::imageio
