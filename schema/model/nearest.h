// "Did you mean": the names nearest to a mistyped one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tilework {

// "; did you mean "x" or "y"?" with the names at the smallest edit distance, or "" when nothing is near.
std::string did_you_mean(std::string_view typed, std::span<const std::string> names);

}  // namespace tilework
