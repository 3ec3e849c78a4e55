// What the programs say of a command line that makes no sense. One thread.
#pragma once

#include "tools/common/exit_code.h"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace tilework::cli {

// Prints help, the version, or the mistake and where to read on, after the command that was given. The
// program's exit code.
int end_of_parsing(const CLI::App& app, const CLI::ParseError& error);

}  // namespace tilework::cli
