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

#include "client/common/command_line.h"
#include "client/common/text.h"
#include "schema/model/version.h"
#include "tools/plugin_check/examine.h"

namespace {

namespace check = tilework::plugin_check;
using tilework::conformance::PartText;

// A master gives up loading a library after that time.
constexpr std::chrono::seconds load_limit{10};

constexpr const char* footer =
    R"(Examples:
  tilework-plugin-check my_filter.so
  tilework-plugin-check --quick build/*.so
  tilework-plugin-check --seed 57 my_filter.so     the cases from that seed on: a failure names its seed
  tilework-plugin-check --max my-filter:seconds=2,size=99 my_filter.so     cases with no greater numbers
  tilework-plugin-check --json my_filter.so > report.json

A plugin that a master would refuse is refused with its words. Any other has to pass the conformance suite: the
same that Tilework's own filters pass. Plugins run in child processes, each check in one of its own.

Cases draw parameters' values from their whole ranges. A case that takes longer than --seconds is a failure, if it
does so with the default in place of each larger number as well. Otherwise it is overdue: it says nothing about
the filter but that a range lets it take long, so the plugin is neither good nor failed, but undecided. --max, --min
and --set choose the part of a range that cases are drawn from. The defaults are tried all the same.

Exit codes:
  0  all plugins are good
  2  a wrong option, a file that can't be read, or no process could be started
  3  nothing is wrong, but a plugin is undecided: some of its cases took too long
  4  a plugin is refused, or failed a check)";

struct Arguments {
  std::vector<std::string> files;
  check::Request request;
  double seconds = 120;
  bool json = false;
};

check::Limits limits_of(double seconds) {
  const std::chrono::milliseconds limit(std::lround(seconds * 1000));
  return {std::min<std::chrono::milliseconds>(limit, load_limit), limit};
}

// All files, before any check runs: mistakes in the command line shouldn't take minutes to be told.
std::vector<check::FileReport> look_at_all(const Arguments& arguments) {
  std::vector<check::FileReport> reports;
  std::map<std::string, std::string> taken;
  for (const auto& file : arguments.files) {
    reports.push_back(check::look_at(file, taken, arguments.request));
    if (reports.back().verdict != check::Verdict::good) continue;
    for (const auto& filter : reports.back().filters) taken.emplace(filter.name, file);
  }
  return reports;
}

// What is wrong with what was asked for of filters; empty if nothing is.
std::string mistake_in(const std::vector<check::FileReport>& reports, const check::Request& request) {
  for (const auto& report : reports) {
    if (!report.mistake.empty()) return report.mistake;
  }
  // A plugin that can't be loaded may have any filter.
  const bool all_known =
      std::ranges::all_of(reports, [](const auto& report) { return report.verdict == check::Verdict::good; });
  for (const auto& part : request.parts) {
    const bool is_there = std::ranges::any_of(reports, [&](const auto& report) {
      return std::ranges::find(report.filters, part.filter(), &check::ExportedFilter::name) !=
             report.filters.end();
    });
    if (all_known && !is_there) return "no filter here has the name \"" + std::string(part.filter()) + "\"";
  }
  return {};
}

void examine(check::FileReport& report, const Arguments& arguments) {
  const auto say = [&](const std::string& text) {
    if (!arguments.json) std::cout << text << std::flush;
  };
  say(check::head_text(report));
  if (report.verdict != check::Verdict::good) return;
  check::run_checks(report, arguments.request,
                    [&](const check::CheckReport& done) { say(check::check_text(done)); });
  say(check::end_text(report));
}

void add_part_option(CLI::App& app, const std::string& name, PartText::Kind kind, Arguments& arguments,
                     const std::string& help) {
  const auto add = [&arguments, kind](const std::string& call) {
    arguments.request.parts.push_back({kind, call});
  };
  app.add_option_function<std::string>(name, add, help + " (FILTER:PARAMETER=VALUE,...)")
      ->trigger_on_parse()
      ->type_name("VALUES");
}

void add_options(CLI::App& app, Arguments& arguments) {
  app.add_option("PLUGIN", arguments.files, "Shared libraries")->required();
  app.add_option("--seed", arguments.request.options.seed,
                 "Seed of the first random case; the next ones count on")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 53))
      ->capture_default_str();
  app.add_flag("--quick", arguments.request.options.quick, "Try a tenth of the cases");
  app.add_option("--seconds", arguments.seconds, "Time limit of each case (loading has 10 s at most)")
      ->check(CLI::Range(0.1, 1e6))
      ->capture_default_str();
  add_part_option(app, "--max", PartText::Kind::at_most, arguments, "Draw numbers no greater than these");
  add_part_option(app, "--min", PartText::Kind::at_least, arguments, "Draw numbers no less than these");
  add_part_option(app, "--set", PartText::Kind::always, arguments, "Draw no other values than these");
  app.add_flag("--json", arguments.json, "Print a JSON array, with an object for each plugin");
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
  add_options(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return tilework::cli::end_of_parsing(app, error, std::span(argv, static_cast<std::size_t>(argc)));
  }
  arguments.request.limits = limits_of(arguments.seconds);

  std::vector<check::FileReport> reports;
  try {
    reports = look_at_all(arguments);
    if (const auto mistake = mistake_in(reports, arguments.request); !mistake.empty()) {
      std::cerr << "tilework-plugin-check: " << tilework::cli::printable(mistake) << '\n';
      return 2;
    }
    for (auto& report : reports) examine(report, arguments);
  } catch (const std::system_error& error) {  // says nothing about the plugin
    std::cerr << "tilework-plugin-check: can't run a plugin: " << tilework::cli::printable(error.what())
              << '\n';
    return 2;
  }
  if (arguments.json) std::cout << check::json_text(reports);
  return check::exit_code(reports);
}
