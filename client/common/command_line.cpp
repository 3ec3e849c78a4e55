#include "client/common/command_line.h"

#include <cctype>
#include <iostream>
#include <string_view>

#include <CLI/CLI.hpp>
#include <sys/stat.h>

#include "client/common/text.h"

namespace tilework::cli {

namespace {

// "-photo.jpg", "--old.png"; no number, and no option with its value.
bool has_extension(std::string_view word) {
  const auto dot = word.rfind('.');
  return dot != word.npos && dot + 1 < word.size() &&
         std::isalpha(static_cast<unsigned char>(word[dot + 1])) != 0 &&
         word.find_first_of("=:/") == word.npos;
}

}  // namespace

std::string dash_hint(std::span<const char* const> words) {
  for (const std::string_view word : words) {
    if (word == "--") break;
    if (word.size() < 2 || word.front() != '-') continue;
    struct stat status {};
    if (has_extension(word) || ::lstat(word.data(), &status) == 0) {
      return "to name a file that begins with a dash, put -- before it, or ./ in front: ./" +
             std::string(word);
    }
  }
  return "";
}

int end_of_parsing(const CLI::App& app, const CLI::ParseError& error, std::span<const char* const> words) {
  if (error.get_exit_code() == 0) return app.exit(error);
  std::string command = app.get_name();
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    command += " " + at->get_name();
  }
  std::cerr << app.get_name() << ": " << printable(error.what()) << "; see " << command << " --help\n";
  if (const auto hint = dash_hint(words.subspan(1)); !hint.empty()) std::cerr << printable(hint) << '\n';
  return users_mistake;
}

}  // namespace tilework::cli
