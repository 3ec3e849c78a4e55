#include "client/common/text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <system_error>

#include <nlohmann/json.hpp>

#include "schema/model/clean_text.h"

namespace tilework::cli {
namespace {

std::string escape(char32_t unit) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "\\u%04x", static_cast<unsigned>(unit));
  return text.data();
}

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// The wide forms are the same to a spreadsheet in some languages, and blanks before them are nothing.
bool begins_a_formula(std::string_view field) {
  field.remove_prefix(std::min(field.find_first_not_of(' '), field.size()));
  return std::ranges::any_of(
      std::array<std::string_view, 8>{"=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"},
      [&](std::string_view sign) { return field.starts_with(sign); });
}

// JSON's escape for each character that can't be shown: outside of a document's texts there is none but line
// feeds.
std::string visible(std::string_view json) {
  std::string text;
  while (!json.empty()) {
    const Character character = first_character(json);
    const char32_t code = character.code.value_or(0xfffd);
    if (json[0] == '\n' || is_showable(code)) {
      text += json.substr(0, character.bytes);
    } else if (code < 0x10000) {
      text += escape(code);
    } else {  // by RFC 8259, as the two halves of UTF-16
      text += escape(0xd800 + ((code - 0x10000) >> 10)) + escape(0xdc00 + ((code - 0x10000) & 0x3ff));
    }
    json.remove_prefix(character.bytes);
  }
  return text;
}

std::string formatted(const char* format, double value) {
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, value);
  return buffer.data();
}

}  // namespace

std::string printable(std::string_view text) {
  return clean_line(text);
}

std::string csv_field(std::string_view text) {
  std::string field = clean_line(text);
  if (begins_a_formula(field)) field.insert(field.begin(), '\'');
  if (field.find_first_of(",\"") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string json_text(const nlohmann::json& document, int indent) {
  return visible(document.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace)) + "\n";
}

std::string json_text(const nlohmann::ordered_json& document, int indent) {
  return visible(document.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace)) + "\n";
}

std::string duration_text(std::chrono::microseconds time) {
  const double seconds = static_cast<double>(time.count()) * 1e-6;
  if (seconds < 9.995) return formatted("%.2f s", seconds);
  if (seconds < 59.95) return formatted("%.1f s", seconds);
  const auto whole = std::chrono::round<std::chrono::seconds>(time).count();
  return std::to_string(whole / 60) + formatted(" min %02.0f s", static_cast<double>(whole % 60));
}

std::string bytes_text(std::uint64_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + " bytes";
  auto value = static_cast<double>(bytes);
  const char* unit = "";
  for (const char* next : {"kB", "MB", "GB", "TB"}) {
    value /= 1000;
    unit = next;
    if (value < 999.95) break;
  }
  return formatted("%.1f ", value) + unit;
}

std::string system_text(int error) {
  return std::generic_category().message(error);
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return !continues(c); }));
}

std::string table(std::vector<std::vector<std::string>> rows, std::size_t most) {
  std::vector<std::size_t> widths;
  for (auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] = clean_line(row[i], most);
      widths[i] = std::max(widths[i], width_of(row[i]));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i] + std::string(widths[i] - width_of(row[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

}  // namespace tilework::cli
