#include "server/imageio/metadata/utf8.h"

#include <glib.h>

namespace tilework::imageio {

bool is_utf8(std::string_view text) {
  return g_utf8_validate_len(text.data(), text.size(), nullptr) == TRUE;
}

std::string utf8_of(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  std::string made;
  for (const char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    if (code < 0x80) {
      made += letter;
    } else {
      made += static_cast<char>(0xC0 | code >> 6);
      made += static_cast<char>(0x80 | (code & 0x3F));
    }
  }
  return made;
}

}  // namespace tilework::imageio
