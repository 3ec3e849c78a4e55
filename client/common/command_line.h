// What the programs say of a command line that makes no sense. One thread.
#pragma once

#include <span>
#include <string>

#include "client/common/exit_code.h"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace tilework::cli {

// Prints help, the version, or the mistake and where to read on, after the command that was given. `words`
// are main()'s: those that are files whose names look like options get a hint. The program's exit code.
int end_of_parsing(const CLI::App& app, const CLI::ParseError& error, std::span<const char* const> words);

// What to do about the first of these words that begins with a dash and names a file: one that there is, or
// one that has an extension. Empty if there is none. Reads the file system.
std::string dash_hint(std::span<const char* const> words);

}  // namespace tilework::cli
