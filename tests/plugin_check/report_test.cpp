// What the tool's processes tell each other, and what the tool tells people.
#include "tools/plugin_check/report.h"

#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tools/plugin_check/messages.h"

namespace tilework::test {
namespace {

using namespace plugin_check;
using conformance::CaseText;
using conformance::Finding;

TEST_CASE("messages survive the way through the pipe, whatever a plugin's text holds") {
  const CaseText where{"blur:size=3", "20x10", "CV_8UC3", "7x5", 9007199254740993u};
  const auto found = std::get<Finding>(read(write(Finding{where, "a\nb \"c\""})));
  CHECK(found.what == "a\nb \"c\"");
  CHECK(to_text(found.where) == to_text(where));
  CHECK(std::get<CaseText>(read(write(where))).seed == where.seed);
  const auto exported =
      std::get<ExportedFilter>(read(write(ExportedFilter{"blur", "1.0", FilterKind::detector})));
  CHECK(exported.name == "blur");
  CHECK(exported.kind == FilterKind::detector);
  CHECK(std::get<Mistake>(read(write(Mistake{"no such parameter"}))).text == "no such parameter");
  const std::string line = write(Refusal{"not UTF-8: \xff"});
  CHECK(line.find('\n') == std::string::npos);
  CHECK_THAT(std::get<Refusal>(read(line)).reason, Catch::StartsWith("not UTF-8: "));
}

TEST_CASE("what a plugin writes into the pipe is no message") {
  for (const char* line :
       {"", "hello", "[1]", "7", "{}", R"({"at": 3})", R"({"found": "it", "where": {}})"}) {
    INFO(line);
    CHECK(std::holds_alternative<std::monostate>(read(line)));
  }
}

TEST_CASE("the exit code tells the worst: what is wrong, then what can't be read, then what is undecided") {
  const auto code = [](std::vector<Verdict> verdicts) {
    std::vector<FileReport> reports;
    for (const Verdict verdict : verdicts) reports.emplace_back().verdict = verdict;
    return exit_code(reports);
  };
  CHECK(code({Verdict::good}) == 0);
  CHECK(code({Verdict::undecided, Verdict::good}) == 3);
  CHECK(code({Verdict::undecided, Verdict::unreadable}) == 2);
  CHECK(code({Verdict::undecided, Verdict::failed}) == 4);
  CHECK(code({Verdict::unreadable, Verdict::refused}) == 4);
}

TEST_CASE("overdue cases are told beside a failure, and apart from it") {
  FileReport report;
  report.file = "a.so";
  CaseText where;
  where.filters = "blur";
  report.checks.push_back({"tiles", Verdict::failed, 7, 1.5, {{where, "a seam"}}, {{where, "too long"}}});
  CHECK(check_text(report.checks[0]) ==
        "  FAILED  tiles (7 cases, 1 of them overdue, 1.5 s)\n"
        "          blur: a seam\n"
        "          blur: too long\n");
  CHECK_THAT(end_text(report), Catch::StartsWith("a.so: failed 1 of 1 checks\n  1 case took too long, "));
}

TEST_CASE("a plugin's text can't steer a terminal") {
  FileReport report;
  report.file = "a.so";
  report.verdict = Verdict::refused;
  report.reason = "\x1b[31m no";
  CHECK(head_text(report) == "a.so: refused:  [31m no\n");
}

TEST_CASE("JSON is valid whatever bytes a file's name has") {
  FileReport report;
  report.file = "a\xff.so";
  const auto read_back = nlohmann::json::parse(json_text({report}));
  CHECK_THAT(read_back.at(0).at("file").get<std::string>(), Catch::StartsWith("a"));
}

}  // namespace
}  // namespace tilework::test
