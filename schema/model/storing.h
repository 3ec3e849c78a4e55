// How a file stores its pixels, where the format leaves a choice. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tilework {

// The ways in which TIFF files store pixels, as users name them. The first, "auto", is the file's own way
// where TIFF becomes TIFF.
std::span<const std::string_view> compressions();

// Whether it is one of those words.
bool is_compression(std::string_view name);

// `format` as schema/master.capnp names it; `lossless`: the file must give back each pixel that it gets.
// Throws UserError, naming what would work, for words that aren't known and for choices that the format
// doesn't leave.
void check_storing(const std::string& format, const std::string& compression, bool lossless);

}  // namespace tilework
