// Which format a result has, and which name it gets in a folder. Reads files' first bytes; any thread.
#pragma once

#include <filesystem>
#include <string>

#include "tools/cli/outputs.h"

namespace tilework::cli {

// Of --format: "jpg" is "jpeg", and so on. Throws UserError with those that there are; empty for empty.
std::string parse_format(const std::string& text);

// These take what parse_format() gave. They throw UserError where the format isn't known.

// Of a result that is written to this file. A name that says another format than the one that is wished for
// is a mistake.
std::string format_of_file(const std::filesystem::path& file, const std::string& wished);

// Of a result that goes into a stream.
std::string format_of_stream(const std::string& image, const OutputWish& wish, const std::string& wished);

// Of an image's result in a folder. Standard input is called "stdin" there.
std::string name_in_folder(const std::string& image, const OutputWish& wish, const std::string& wished);

}  // namespace tilework::cli
