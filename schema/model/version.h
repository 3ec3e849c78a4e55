// The version of these programs.
#pragma once

namespace tilework {
inline constexpr const char* version = "0.1.0";
}  // namespace tilework
