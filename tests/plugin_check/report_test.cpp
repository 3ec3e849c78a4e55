// What the tool's processes tell each other, and what the tool tells people.
#include "tools/plugin_check/report.h"

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
