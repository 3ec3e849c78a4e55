// Text for people. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tilework::cli {

// With control characters taken out, and a ? for each byte that is not UTF-8: names of files and words from
// elsewhere can't play tricks on a terminal, and stay on one line.
std::string printable(std::string_view text);

// "0.02 s", "14.3 s", "3 min 05 s".
std::string duration_text(std::chrono::microseconds time);

// "812 bytes", "5.1 MB": decimal units.
std::string bytes_text(std::uint64_t bytes);

// Columns, two spaces apart, each as wide as its widest cell in characters of UTF-8. The first row is the
// head.
std::string table(const std::vector<std::vector<std::string>>& rows);

// What the system says to that number of errno: "No such file or directory".
std::string system_text(int error);

// How many characters of UTF-8 that is.
std::size_t width_of(std::string_view text);

}  // namespace tilework::cli
