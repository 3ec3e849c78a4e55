// README.md tells of each act, and of no other.
#include <algorithm>
#include <fstream>
#include <map>
#include <string>

#include <catch2/catch.hpp>

#include "tests/hostile/act.h"

namespace tilework::test {
namespace {

// The lines of its table by their first cell, which has the name in backticks.
std::map<std::string, std::string> rows() {
  std::map<std::string, std::string> found;
  std::ifstream readme(TILEWORK_HOSTILE_README);
  const std::string beginning = "| `";
  for (std::string line; std::getline(readme, line);) {
    if (!line.starts_with(beginning)) continue;
    const auto end = line.find('`', beginning.size());
    const std::string name = line.substr(beginning.size(), end - beginning.size());
    INFO(name);
    CHECK(found.emplace(name, line.substr(end)).second);
  }
  return found;
}

}  // namespace

TEST_CASE("the table in README.md and the acts are the same, with what their makers see") {
  auto told = rows();
  for (const auto& act : all_acts()) {
    INFO(act.name << ": " << act.seen);
    const auto row = told.find(act.name);
    REQUIRE(row != told.end());
    CHECK(row->second.find(act.seen) != std::string::npos);
    CHECK(std::ranges::count(row->second, '|') == 4);
    told.erase(row);
  }
  for (const auto& [name, rest] : told) FAIL_CHECK(name << " is no act");
}

}  // namespace tilework::test
