// Text from outside, made fit to be shown. What Unicode says of characters comes from Python's unicodedata.
#include "schema/model/clean_text.h"

#include <algorithm>
#include <array>

#include <catch2/catch.hpp>

namespace tilework {
namespace {

struct Range {
  char32_t first, last;
};

// Categories Cc, Zl and Zp, by Python 3.11's unicodedata (Unicode 14).
constexpr std::array<Range, 3> controls{{
    {0x0, 0x1f},
    {0x7f, 0x9f},
    {0x2028, 0x2029},
}};

// Category Cf, likewise.
constexpr std::array<Range, 21> formats{{
    {0xad, 0xad},       {0x600, 0x605},     {0x61c, 0x61c},     {0x6dd, 0x6dd},     {0x70f, 0x70f},
    {0x890, 0x891},     {0x8e2, 0x8e2},     {0x180e, 0x180e},   {0x200b, 0x200f},   {0x202a, 0x202e},
    {0x2060, 0x2064},   {0x2066, 0x206f},   {0xfeff, 0xfeff},   {0xfff9, 0xfffb},   {0x110bd, 0x110bd},
    {0x110cd, 0x110cd}, {0x13430, 0x13438}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0001, 0xe0001},
    {0xe0020, 0xe007f},
}};

// Of category Cf, but to be seen: Unicode's property Prepended_Concatenation_Mark (PropList.txt).
constexpr std::array<Range, 8> seen_formats{{{0x600, 0x605},
                                             {0x6dd, 0x6dd},
                                             {0x70f, 0x70f},
                                             {0x890, 0x891},
                                             {0x8e2, 0x8e2},
                                             {0x110bd, 0x110bd},
                                             {0x110cd, 0x110cd},
                                             {0x200c, 0x200d}}};  // and what we keep

template <std::size_t count>
bool is_in(const std::array<Range, count>& ranges, char32_t code) {
  return std::ranges::any_of(ranges, [&](Range r) { return code >= r.first && code <= r.last; });
}

// By the table of RFC 3629.
std::string utf8(char32_t code) {
  const auto byte = [](char32_t bits) { return static_cast<char>(bits); };
  const auto tail = [&](int shift) { return byte(0x80 | (code >> shift & 0x3f)); };
  if (code < 0x80) return {byte(code)};
  if (code < 0x800) return {byte(0xc0 | code >> 6), tail(0)};
  if (code < 0x10000) return {byte(0xe0 | code >> 12), tail(6), tail(0)};
  return {byte(0xf0 | code >> 18), tail(12), tail(6), tail(0)};
}

}  // namespace

TEST_CASE("every character of Unicode is shown, or stands for a blank or a question mark, by what it is") {
  std::size_t wrong = 0;
  for (char32_t code = 0; code <= 0x10ffff; ++code) {
    if (code >= 0xd800 && code < 0xe000) continue;  // no characters in UTF-8
    const std::string text = "a" + utf8(code) + "b", clean = clean_line(text);
    const bool is_no_character = (code & 0xfffe) == 0xfffe || (code >= 0xfdd0 && code <= 0xfdef);
    // The rest of the block of tags is kept for what can't be seen, but for the selectors of variants.
    const bool is_reserved = code >= 0xe0000 && code <= 0xe0fff && !(code >= 0xe0100 && code <= 0xe01ef);
    const bool is_future = (code >= 0x2065 && code <= 0x2065) || (code >= 0x13439 && code <= 0x1343f);
    const bool is_format = is_in(formats, code) && !is_in(seen_formats, code);
    const std::string expected = is_in(controls, code)                                      ? "a b"
                                 : is_no_character || is_reserved || is_future || is_format ? "a?b"
                                                                                            : text;
    if (clean != expected && ++wrong < 10) {
      UNSCOPED_INFO("U+" << std::hex << static_cast<unsigned>(code));
      CHECK(clean == expected);
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("bytes that aren't UTF-8 are question marks, one each, and what follows is read again") {
  CHECK(clean_line("a\x80z") == "a?z");
  CHECK(clean_line("\xc0\xaf") == "??");             // a slash in too many bytes
  CHECK(clean_line("\xe0\x80\xaf") == "???");        // likewise
  CHECK(clean_line("\xed\xa0\x80") == "???");        // a surrogate
  CHECK(clean_line("\xf4\x90\x80\x80") == "????");   // beyond Unicode
  CHECK(clean_line("\xe2\x82") == "??");             // cut
  CHECK(clean_line("\xe2\x82\x1b[0m") == "?? [0m");  // what follows is none of it
  CHECK(clean_line("\xf8\x88\x80\x80\x80") == "?????");
  CHECK(clean_line(std::string_view("a\0b", 3)) == "a b");
}

TEST_CASE(
    "a text that is too long is cut between characters, with an ellipsis, in the bytes that it may have") {
  const std::string ellipsis = "\u2026";
  CHECK(clean_line("abcdef", 6) == "abcdef");
  CHECK(clean_line("abcdefg", 6) == "abc" + ellipsis);
  CHECK(clean_line("\u00fc\u00fc\u00fc\u00fc", 7) == "\u00fc\u00fc" + ellipsis);
  CHECK(clean_line("\U0001f600\U0001f600", 7) == "\U0001f600" + ellipsis.substr(0, 0) + "\u2026");
  CHECK(clean_line("abcd", 3) == ellipsis);
  for (std::size_t most = 3; most < 40; ++most) {
    const std::string once =
        clean_line("p\u00e4\u20ac\U0001f600 \x1b\xff sixty \u202e characters and more", most);
    INFO(most << " " << once);
    CHECK(once.size() <= most);
    CHECK(clean_line(once, most) == once);
    CHECK(is_clean_line(once, most));
  }
}

TEST_CASE("a hundred megabytes are cut without being read") {
  const std::string huge(100'000'000, '\x1b');
  CHECK(clean_line(huge, 100).size() == 100);
}

TEST_CASE("lines stay lines where there may be several") {
  CHECK(clean_text("one\ntwo\r\n\tthree\u2028four") == "one\ntwo \n three four");
  CHECK(clean_line("one\ntwo") == "one two");
}

TEST_CASE("a value in the log can't end its quotation") {
  CHECK(in_quotes("plain") == "\"plain\"");
  CHECK(in_quotes("a\" level=error \\") == "\"a\\\" level=error \\\\\"");
  CHECK(in_quotes("a\nb") == "\"a b\"");
  CHECK(log_value("lab-3/4711") == "lab-3/4711");
  CHECK(log_value("lab 3") == "\"lab 3\"");
  CHECK(log_value("a=b") == "\"a=b\"");
  CHECK(log_value("") == "\"\"");
  CHECK(log_value("x\" how=stopped") == "\"x\\\" how=stopped\"");
}

TEST_CASE("names in Persian, in Hindi and with emoji stay as they are") {
  for (const char* name :
       {"\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0915\u094d\u200d\u0937",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u845b\U000e0100", "\u2764\ufe0f"}) {
    CHECK(is_clean_line(name));
  }
  CHECK_FALSE(is_clean_line("photo\u202egnp.exe"));
}

}  // namespace tilework
