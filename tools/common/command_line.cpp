#include "tools/common/command_line.h"

#include <iostream>

#include <CLI/CLI.hpp>

#include "tools/common/text.h"

namespace tilework::cli {

int end_of_parsing(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);
  std::string command = app.get_name();
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    command += " " + at->get_name();
  }
  std::cerr << app.get_name() << ": " << printable(error.what()) << "; see " << command << " --help\n";
  return users_mistake;
}

}  // namespace tilework::cli
