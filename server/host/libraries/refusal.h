// Why a plugin's file is refused, in words that masters and tilework-plugin-check share.
#pragma once

namespace tilework::host {

// Of one that was loaded, and whose threads still run when it has said what it exports.
inline constexpr const char* left_threads =
    "it left a thread running when it was loaded, and such a thread might change anybody's pixels: start "
    "threads in "
    "a filter's functions alone and end them there, or link a build without threads of the library that "
    "starts them";

}  // namespace tilework::host
