// Texts from Cap'n Proto as strings: somebody else's words, so they are clean and bounded from here on
// (schema/model/clean_text.h). Pure; any thread.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include <capnp/blob.h>

#include "schema/model/clean_text.h"

namespace tilework::wire {

inline std::string_view view(capnp::Text::Reader from) {
  return {from.begin(), from.size()};
}

// A word or a sentence. One that names something, such as a digest or a choice, is clean where it names
// anything.
inline std::string text(capnp::Text::Reader from, std::size_t most = longest_line) {
  return clean_line(view(from), most);
}

// Of several lines.
inline std::string prose(capnp::Text::Reader from) {
  return clean_text(view(from), longest_text);
}

// Of somebody or something, as another machine says it, for logs and lists: without what would end a
// quotation there, and no longer than names are (of a machine, 64 bytes in Linux).
inline std::string cleaned_name(capnp::Text::Reader from) {
  constexpr std::size_t longest = 64;
  std::string clean = text(from, longest);
  std::ranges::replace_if(
      clean, [](char c) { return c == '"' || c == '\\'; }, '?');
  return clean;
}

}  // namespace tilework::wire
