// Texts of files whose encoding isn't known. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

namespace tilework::imageio {

bool is_utf8(std::string_view text);

// The text itself if it is UTF-8; else it is taken for Latin-1.
std::string utf8_of(std::string_view text);

}  // namespace tilework::imageio
