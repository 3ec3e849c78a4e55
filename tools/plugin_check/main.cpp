// tilework-plugin-check: tells an author whether a plugin is good, before a master does.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <map>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>

#include "schema/model/version.h"
#include "tools/common/command_line.h"
#include "tools/plugin_check/examine.h"

namespace {

namespace check = tilework::plugin_check;

// A master gives up loading a library after that time.
constexpr std::chrono::seconds load_limit{10};

constexpr const char* footer =
    R"(Examples:
  tilework-plugin-check my_filter.so
  tilework-plugin-check --quick build/*.so
  tilework-plugin-check --seed 57 my_filter.so     the cases from that seed on: a failure names its seed
  tilework-plugin-check --json my_filter.so > report.json

A plugin that a master would refuse is refused with its words. Any other has to pass the conformance suite: the
same that Tilework's own filters pass. Plugins run in child processes, each check in one of its own.

Exit codes:
  0  all plugins are good
  2  a wrong option, a file that can't be read, or no process could be started
  4  a plugin is refused, or failed a check)";

struct Arguments {
  std::vector<std::string> files;
  tilework::conformance::Options options;
  double seconds = 120;
  bool json = false;

  check::Limits limits() const {
    const std::chrono::milliseconds limit(std::lround(seconds * 1000));
    return {std::min<std::chrono::milliseconds>(limit, load_limit), limit};
  }
};

check::FileReport examine(const std::string& file, std::map<std::string, std::string>& taken,
                          const Arguments& arguments) {
  check::FileReport report = check::look_at(file, taken, arguments.limits());
  const auto say = [&](const std::string& text) {
    if (!arguments.json) std::cout << text << std::flush;
  };
  say(check::head_text(report));
  if (report.verdict != check::Verdict::good) return report;
  for (const auto& filter : report.filters) taken.emplace(filter.name, file);
  check::run_checks(report, arguments.options, arguments.limits(),
                    [&](const check::CheckReport& done) { say(check::check_text(done)); });
  say(check::end_text(report));
  return report;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app{
      "Says whether plugins are good: whether a master would take them, and whether their filters give "
      "the same result however an image is cut up.",
      "tilework-plugin-check"};
  app.set_version_flag("--version", std::string("tilework-plugin-check ") + tilework::version);
  app.footer(footer);
  app.add_option("PLUGIN", arguments.files, "Shared libraries")->required();
  app.add_option("--seed", arguments.options.seed, "Seed of the first random case; the next ones count on")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 53))
      ->capture_default_str();
  app.add_flag("--quick", arguments.options.quick, "Try a tenth of the cases");
  app.add_option("--seconds", arguments.seconds, "Time limit of each case (loading has 10 s at most)")
      ->check(CLI::Range(0.1, 1e6))
      ->capture_default_str();
  app.add_flag("--json", arguments.json, "Print a JSON array, with an object for each plugin");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return tilework::cli::end_of_parsing(app, error, std::span(argv, static_cast<std::size_t>(argc)));
  }

  std::vector<check::FileReport> reports;
  std::map<std::string, std::string> taken;
  try {
    for (const auto& file : arguments.files) reports.push_back(examine(file, taken, arguments));
  } catch (const std::system_error& error) {  // says nothing about the plugin
    std::cerr << "tilework-plugin-check: can't run a plugin: " << error.what() << '\n';
    return 2;
  }
  if (arguments.json) std::cout << check::json_text(reports);
  return check::exit_code(reports);
}
