// Text from outside, as people may see it in lists, logs, files and terminals: names, reasons, help, whatever
// a client, a worker, a plugin, an image or a file system says. Everything that shows such a text takes it
// through here. Pure; any thread.
//
// What is taken out, for it does something instead of showing something, or shows nothing:
// - control characters (C0, DEL, C1), and separators of lines and paragraphs: a blank stands for each;
// - bytes that aren't UTF-8 by RFC 3629, marks that turn the direction of writing (U+202E and its like), and
//   format characters that can't be seen, with tags and what isn't a character: a question mark stands for
//   each, so that two names that differ in them alone look odd, not alike.
// U+200C and U+200D stay, although they can't be seen: Persian, the scripts of India and emoji can't be
// written without them, and they move nothing. So do Arabic's number signs, which can be seen, and the
// selectors of variants (U+FE00, U+E0100 and more), which names in Japanese need.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tilework {

// Bytes.
inline constexpr std::size_t any_length = std::string::npos;
inline constexpr std::size_t longest_name = 256;    // of users, machines, programs, files, images, plugins
inline constexpr std::size_t longest_path = 1024;   // of an image, as its user calls it
inline constexpr std::size_t longest_line = 4096;   // a sentence: why something failed
inline constexpr std::size_t longest_text = 16384;  // of several lines: help

// On one line, in at most `most` bytes (at least 3): what is longer is cut between two characters, and ends
// with an ellipsis. What is clean stays as it is.
std::string clean_line(std::string_view text, std::size_t most = any_length);

// The same with the line feeds that the text has.
std::string clean_text(std::string_view text, std::size_t most = any_length);

// Whether clean_line() leaves it as it is: where a name is used to find something, and not only shown, one
// that isn't clean is refused instead.
bool is_clean_line(std::string_view text, std::size_t most = any_length);

// As a value in the log: clean, between quotation marks, which it can't end: " and \ in it have a \ before
// them.
std::string in_quotes(std::string_view text);

// The same without quotation marks where it is one plain word, of ASCII and without = in it.
std::string log_value(std::string_view text);

// The character that a text begins with, which isn't empty.
struct Character {
  std::size_t bytes;
  std::optional<char32_t> code;  // none: a byte that begins no character
};
Character first_character(std::string_view text);

// Whether a character stays in a clean text.
bool is_showable(char32_t code);

}  // namespace tilework
