// Filters whose parameters let them take longer than a case may, and how an author chooses cases.
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/plugin_check/tool.h"

namespace tilework::test {
namespace {

using Catch::Contains;

const std::string photo = "a photo in many tiles gives the whole image's result, with every default";
const std::string sleeps = checked_plugin("odd_sleeps");
const std::string hangs = checked_plugin("bad_hangs_by_value");

TEST_CASE("a range that lets a filter take too long is told apart from a fault, and the checks go on") {
  const auto report = report_on(sleeps, {"--quick", "--seconds", "1"}, 3);
  CHECK(report["verdict"] == "undecided");
  for (const auto& name : {small_images, chains}) {
    const auto check = check_in(report, name);
    CHECK(check["verdict"] == "undecided");
    CHECK(check["findings"].empty());
    CHECK(check["overdue"].size() == 3);                   // enough to leave the filter
    CHECK(check["overdue"][2]["seed"] == check["cases"]);  // those between them are tried as well
    const std::string what = check["overdue"][0]["what"];
    CHECK_THAT(what, Contains("it took longer than 1 s, but not with test-sleeps:seconds=0,invert="));
    CHECK_THAT(check["overdue"][0]["filters"].get<std::string>(), Catch::StartsWith("test-sleeps:seconds="));
  }
  CHECK(check_in(report, photo)["verdict"] == "good");
  CHECK(check_in(report, photo)["overdue"].empty());
}

TEST_CASE("with the part of the range that cases can wait for, such a filter is good") {
  const auto report =
      report_on(sleeps, {"--quick", "--seconds", "1", "--max", "test-sleeps:seconds=0.002"}, 0);
  CHECK(report["verdict"] == "good");
  CHECK(check_in(report, small_images)["cases"] == 15);
}

TEST_CASE("the text says that the range is to blame, and what to do") {
  const auto finished = check({"--quick", "--seconds", "1", sleeps});
  CHECK(finished.code == 3);
  CHECK_THAT(finished.output, Contains("  LATE    " + small_images) && Contains(" of them overdue, "));
  CHECK_THAT(finished.output, Contains("  good    " + photo));
  CHECK_THAT(finished.output, Contains("test_odd_sleeps.so: undecided\n"));
  CHECK_THAT(finished.output, Contains("a parameter's range lets a filter") && Contains("--max"));
}

TEST_CASE("a filter that hangs at small values, or by a choice from the default on, fails") {
  for (const char* values : {"passes=0", "passes=5,way=hangs"}) {
    INFO(values);
    const auto report = report_on(
        hangs, {"--quick", "--seconds", "1", "--set", std::string("test-hangs-by-value:") + values});
    const auto check = check_in(report, small_images);
    CHECK(check["verdict"] == "failed");
    CHECK(check["cases"] == 1);
    CHECK(check["overdue"].empty());
    CHECK(check["findings"].size() == 1);
    CHECK(check["findings"][0]["what"] ==
          "it took longer than 1 s, which is the limit of a case (--seconds)");
    CHECK(check_in(report, photo)["verdict"] == "good");
  }
  report_on(hangs,
            {"--quick", "--seconds", "1", "--set", "test-hangs-by-value:way=runs", "--min",
             "test-hangs-by-value:passes=1"},
            0);
}

TEST_CASE("values that no filter can take are mistakes, told before anything is checked") {
  const auto mistake = [](std::vector<std::string> options) {
    options.push_back(sleeps);
    const auto finished = check(options);
    CHECK(finished.code == 2);
    CHECK(finished.output.empty());
    return finished.errors;
  };
  CHECK_THAT(mistake({"--max", "test-sleep:seconds=1"}),
             Contains("no filter here has the name \"test-sleep\""));
  CHECK_THAT(mistake({"--max", "test-sleeps:minutes=1"}), Contains("minutes"));
  CHECK_THAT(mistake({"--max", "test-sleeps:seconds=101"}), Contains("0 to 100"));
  CHECK_THAT(mistake({"--max", "test-sleeps"}), Contains("names no value"));
  CHECK_THAT(mistake({"--max", "test-sleeps:invert=true"}), Contains("--set"));
  CHECK_THAT(mistake({"--max", "test-sleeps:seconds=1", "--min", "test-sleeps:seconds=2"}),
             Contains("there is nothing between --min and --max of test-sleeps:seconds"));
}

}  // namespace
}  // namespace tilework::test
