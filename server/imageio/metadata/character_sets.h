// Texts of files, in Latin-1 or UTF-8. Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tilework::imageio {

// Well formed (RFC 3629).
bool is_utf8(std::string_view text);

// `bytes` of a place that is Latin-1 by its specification, as UTF-8. Bytes that are well-formed UTF-8 are
// taken as that: ImageMagick and others store UTF-8 there, and as Latin-1 such bytes would be nonsense like
// "Ã¶".
std::string utf8_of_latin1(std::string_view bytes);

// Bytes that utf8_of_latin1() makes the same text of; none if Latin-1 doesn't have all of its characters.
std::optional<std::string> latin1_of_utf8(std::string_view text);

}  // namespace tilework::imageio
