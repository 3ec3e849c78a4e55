// The parts of parameters' ranges that cases are drawn from.
#include "tools/plugin_check/suite/parts.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "schema/model/error.h"
#include "tools/plugin_check/suite/cases.h"

namespace tilework::test {
namespace {

using namespace conformance;
using Kind = PartText::Kind;

ParameterDescription number(const std::string& name, ParameterType type, double low, double high,
                            double initial) {
  return {name, "", "", "", type, {}, low, high, low, high, {initial}};
}

// A size of 3 to 99, of 7 by default; a mode; a colour.
LoadedFilter filter() {
  FilterDescription description;
  description.name = "mend";
  description.parameters = {number("size", ParameterType::odd, 3, 99, 7),
                            {"mode", "", "", "", ParameterType::choice, {"a", "b", "c"}, 0, 2, 0, 2, {}},
                            number("ink", ParameterType::colour, 0, 1, 0)};
  return {"mend.so", nullptr, description};
}

// What many cases have: of each parameter, the least and greatest first component.
std::vector<std::pair<double, double>> drawn(const std::vector<PartText>& texts, bool lowered = false) {
  const LoadedFilter mend = filter();
  Options options;
  options.parts = read_parts(texts, {&mend.description, 1});
  options.lowered = lowered;
  cv::RNG random(3);
  std::vector<std::pair<double, double>> ends(3, {HUGE_VAL, -HUGE_VAL});
  for (int i = 0; i < 1000; ++i) {
    const auto values = any_call(mend, options, random).values;
    CHECK(std::fmod(values[0][0], 2) == 1);
    for (std::size_t k = 0; k < values.size(); ++k) {
      ends[k] = {std::min(ends[k].first, values[k][0]), std::max(ends[k].second, values[k][0])};
    }
  }
  return ends;
}

using Ends = std::pair<double, double>;

TEST_CASE("cases are drawn from the whole range, or from the part that was asked for") {
  CHECK(drawn({})[0] == Ends{3, 99});
  CHECK(drawn({{Kind::at_most, "mend:size=31"}})[0] == Ends{3, 31});
  CHECK(drawn({{Kind::at_least, "mend:size=31"}})[0] == Ends{31, 99});
  CHECK(drawn({{Kind::at_least, "mend:size=31"}, {Kind::at_most, "mend:size=41"}})[0] == Ends{31, 41});
  CHECK(drawn({{Kind::at_most, "mend:size=5"}})[0] == Ends{3, 5});  // the default too
  const auto set = drawn({{Kind::always, "mend:size=5,mode=b"}, {Kind::always, "mend:ink=#ff0080"}});
  CHECK(set[0] == Ends{5, 5});
  CHECK(set[1] == Ends{1, 1});
  CHECK(set[2].first == Approx(128 / 255.0));
  CHECK(set[2].first == set[2].second);
  CHECK(drawn({{Kind::at_most, "blur:size=5"}})[0] == Ends{3, 99});
}

TEST_CASE("lowered, numbers are no greater than their default, and all else stays") {
  CHECK(drawn({}, true)[0] == Ends{3, 7});
  CHECK(drawn({}, true)[1] == Ends{0, 2});
}

TEST_CASE("whatever values are drawn, the rest of a case is the same") {
  const LoadedFilter mend = filter();
  Options narrow;
  narrow.parts = read_parts(std::vector<PartText>{{Kind::always, "mend:size=5,mode=b,ink=#ff0000"}},
                            {&mend.description, 1});
  for (std::uint64_t seed = 1; seed < 50; ++seed) {
    cv::RNG one(seed), other(seed);
    any_call(mend, {}, one);
    any_call(mend, narrow, other);
    CHECK(one.state == other.state);
  }
}

}  // namespace
}  // namespace tilework::test
