// Text for people. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace tilework::cli {

// By clean_line(): names of files and words from elsewhere can't play tricks on a terminal, and stay on one
// line.
std::string printable(std::string_view text);

// A text as a field of CSV, by RFC 4180, clean. One that a spreadsheet would take for a formula, for it
// begins with = + - or @, also after blanks, has an apostrophe before that, as OWASP advises against CSV
// injection.
std::string csv_field(std::string_view text);

// A document and a line feed. Texts in it are as they are, to the byte, but for bytes that aren't UTF-8
// (U+FFFD stands for them); characters that can't be shown are written as escapes, so that a terminal may
// show the whole. `indent` as nlohmann's dump() takes it: -1 for one line.
std::string json_text(const nlohmann::json& document, int indent = 2);
std::string json_text(const nlohmann::ordered_json& document, int indent = 2);

// "0.02 s", "14.3 s", "3 min 05 s".
std::string duration_text(std::chrono::microseconds time);

// "812 bytes", "5.1 MB": decimal units.
std::string bytes_text(std::uint64_t bytes);

// Bytes of a cell: what others have written may be long, and one long cell makes all lines of a table long.
inline constexpr std::size_t longest_cell = 300;

// Columns, two spaces apart, each as wide as its widest cell in characters of UTF-8. The first row is the
// head. Of a cell with more than `most` bytes the rest is left out.
std::string table(std::vector<std::vector<std::string>> rows, std::size_t most = longest_cell);

// What the system says to that number of errno: "No such file or directory".
std::string system_text(int error);

// How many characters of UTF-8 that is.
std::size_t width_of(std::string_view text);

}  // namespace tilework::cli
