// What of a host's words gets into its parent's log.
#include "server/host/output/said_lines.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace tilework::host {
namespace {

using Time = SaidLines::Clock::time_point;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Said {
  std::vector<std::string> logged;
  SaidBudget together;
  SaidLines lines;
  Time now{seconds(1000)};

  explicit Said(SaidLimits limits = {}, SaidTogether all = {}) : together(all), lines(another(limits)) {}
  // A host more of the same server.
  SaidLines another(SaidLimits limits = {}) {
    return {[this](const std::string& line) { logged.push_back(line); }, together, limits};
  }
  void add(const std::string& text) { lines.add(text, now); }
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("what a host says becomes lines, however it comes, and the last needs no end") {
  Said said;
  said.add("on");
  said.add("e\ntwo\n\nthr");
  CHECK(said.logged == Lines{"one", "two"});
  said.lines.end(said.now);
  CHECK(said.logged == Lines{"one", "two", "thr"});
  CHECK(said.lines.dropped() == 0);
}

TEST_CASE("a host's line can't move a terminal's cursor or look like another") {
  Said said;
  said.add("a\" level=error \\\"\x1b[2J\r\x07 \u202egnp\u009b \xff\xc0\xaf\n");
  REQUIRE(said.logged.size() == 1);
  const std::string line = said.logged[0];
  CHECK_THAT(line, Catch::StartsWith("a\" level=error ") && Catch::Contains("gnp"));
  for (const char* raw : {"\x1b", "\r", "\x07", "\u202e", "\u009b", "\xff", "\xc0"}) {
    CHECK(line.find(raw) == std::string::npos);
  }
}

TEST_CASE("a host's long line is cut, leaves no half of a character, and the rest is counted") {
  Said said({.line_bytes = 8});
  said.add("1234567\u00e9x\nnext\n");
  REQUIRE(said.logged.size() == 2);
  CHECK_THAT(said.logged[0], Catch::StartsWith("1234567"));
  CHECK(said.logged[0].find('\xc3') == std::string::npos);
  CHECK(said.logged[1] == "next");
  CHECK(said.lines.dropped() == 2);
}

TEST_CASE("a host gets so many lines a second, and the rest is counted") {
  Said said({.lines_a_second = 2});
  said.add("a\nb\nc\ndd\n");
  CHECK(said.logged == Lines{"a", "b"});
  CHECK(said.lines.dropped() == 3);
  said.now += milliseconds(999);
  said.add("e\n");
  CHECK(said.logged.size() == 2);
  said.now += milliseconds(1);
  said.add("f\n");
  CHECK(said.logged == Lines{"a", "b", "f"});
}

TEST_CASE("a host gets so many bytes a second and in all") {
  Said said({.bytes_a_second = 10, .bytes = 25});
  const auto logged_in_a_second = [&] {
    const auto before = said.logged.size();
    for (int i = 0; i < 10; ++i) said.add("12345\n");
    said.now += seconds(1);
    return said.logged.size() - before;
  };
  CHECK(logged_in_a_second() == 2);
  CHECK(logged_in_a_second() == 2);
  CHECK(logged_in_a_second() == 1);
  CHECK(logged_in_a_second() == 0);
  CHECK(said.lines.dropped() == 35 * 5);
}

TEST_CASE("hosts that come one after another get so many lines a second together") {
  Said said({}, {.lines_a_second = 3});
  for (int i = 0; i < 10; ++i) {
    SaidLines fresh = said.another();
    fresh.add("word\n", said.now);
    CHECK(fresh.dropped() == (i < 3 ? 0 : 4));
  }
  CHECK(said.logged.size() == 3);
  said.now += seconds(1);
  said.add("next\n");
  CHECK(said.logged.size() == 4);
}

TEST_CASE("hosts that come one after another get so many bytes an hour together") {
  Said said({}, {.bytes_an_hour = 100, .bytes_around_a_line = 6});
  const auto logged_in_a_minute = [&] {
    const auto before = said.logged.size();
    for (int i = 0; i < 60; ++i, said.now += seconds(1)) said.another().add("word\n", said.now);
    return said.logged.size() - before;
  };
  CHECK(logged_in_a_minute() == 10);
  for (int i = 1; i < 60; ++i) CHECK(logged_in_a_minute() == 0);
  CHECK(logged_in_a_minute() == 10);
}

TEST_CASE("how many lines of all hosts were left out is told at once, and then a minute apart") {
  Said said({}, {.lines_a_second = 1});
  CHECK(!said.together.untold(said.now));
  said.add("a\nb\nc\n");
  CHECK(said.together.untold(said.now) == 2);
  said.add("d\n");
  CHECK(!said.together.untold(said.now));
  said.now += seconds(60);
  CHECK(said.together.untold(said.now) == 1);
  CHECK(!said.together.untold(said.now + seconds(60)));
}

}  // namespace tilework::host
