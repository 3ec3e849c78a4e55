// Texts from Cap'n Proto as strings. Pure; any thread.
#pragma once

#include <string>

#include <capnp/blob.h>

namespace tilework::wire {

inline std::string text(capnp::Text::Reader from) {
  return {from.begin(), from.end()};
}

// Of somebody or something, as another machine says it, for logs and lists: on one line, without what would
// end a quotation there, and no longer than names are (of a machine, 64 bytes in Linux).
inline std::string cleaned_name(capnp::Text::Reader from) {
  constexpr std::size_t longest = 64;
  std::string clean = text(from);
  for (char& c : clean) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '"' || c == '\\') c = '?';
  }
  if (clean.size() <= longest) return clean;
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(clean[end]) & 0xc0) == 0x80)
    --end;  // between characters of UTF-8
  return clean.substr(0, end);
}

}  // namespace tilework::wire
