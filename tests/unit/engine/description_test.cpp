// What others say of filters, and which of it is nonsense.
#include "server/engine/description.h"

#include <functional>
#include <limits>

#include <catch2/catch.hpp>

namespace tilework::engine {
namespace {

FilterDescription sound_filter() {
  ParameterDescription number{"size", "Size", "px", "", ParameterType::integer, {}, 1, 255, 1, 63, {15}};
  ParameterDescription choice{"kind", "Kind", "", "", ParameterType::choice, {"a", "b"}, 0, 1, 0, 1, {1}};
  return {"blur", "1.0.0", "Blur", "Blur", "", FilterKind::local, 7, 30, AlphaUse::aside, {number, choice}};
}

struct Lie {
  const char* what;
  std::function<void(FilterDescription&)> tell;
};

}  // namespace

TEST_CASE("a description that makes sense has no fault") {
  const std::vector<FilterDescription> filters{sound_filter()};
  CHECK(fault_of(filters).empty());
}

TEST_CASE("a description that makes no sense is refused, whoever gives it") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN(),
                   inf = std::numeric_limits<double>::infinity();
  const std::vector<Lie> lies{
      {"no name", [](auto& f) { f.name.clear(); }},
      {"a name with other characters", [](auto& f) { f.name = "Blur\n"; }},
      {"a long name", [](auto& f) { f.name = std::string(65, 'a'); }},
      {"a long version", [](auto& f) { f.version = std::string(300, '1'); }},
      {"a long label", [](auto& f) { f.label = std::string(300, 'a'); }},
      {"a long group", [](auto& f) { f.group = std::string(300, 'a'); }},
      {"a long help", [](auto& f) { f.help = std::string(100'000, 'a'); }},
      {"no depth", [](auto& f) { f.depths = 0; }},
      {"an unknown depth", [](auto& f) { f.depths = 15; }},
      {"only gray with alpha", [](auto& f) { f.channels = 1u << 2; }},
      {"an unknown number of channels", [](auto& f) { f.channels = 1u << 3 | 1u << 7; }},
      {"many parameters", [](auto& f) { f.parameters.assign(257, f.parameters[0]); }},
      {"a parameter without name", [](auto& f) { f.parameters[0].name.clear(); }},
      {"a parameter's long help", [](auto& f) { f.parameters[0].help = std::string(100'000, 'a'); }},
      {"a parameter's long unit", [](auto& f) { f.parameters[0].unit = std::string(300, 'a'); }},
      {"a default out of range", [](auto& f) { f.parameters[0].initial[0] = 256; }},
      {"a default that is no number", [nan](auto& f) { f.parameters[0].initial[1] = nan; }},
      {"a range without end", [inf](auto& f) { f.parameters[0].maximum = inf; }},
      {"a range of no number", [nan](auto& f) { f.parameters[0].minimum = nan; }},
      {"a slider of no number", [nan](auto& f) { f.parameters[0].soft_maximum = nan; }},
      {"a range upside down", [](auto& f) { f.parameters[0].minimum = 300; }},
      {"whole numbers that aren't", [](auto& f) { f.parameters[0].maximum = 1e300; }},
      {"a choice of nothing", [](auto& f) { f.parameters[1].choices.clear(); }},
      {"a choice beyond the last", [](auto& f) { f.parameters[1].maximum = 2; }},
      {"many choices", [](auto& f) { f.parameters[1].choices.assign(2000, "a"); }},
      {"a long choice", [](auto& f) { f.parameters[1].choices[0] = std::string(300, 'a'); }},
  };
  for (const auto& lie : lies) {
    INFO(lie.what);
    std::vector<FilterDescription> filters{sound_filter()};
    lie.tell(filters[0]);
    CHECK_FALSE(fault_of(filters).empty());
  }
}

TEST_CASE("a library exports some filters, not too many, and none twice") {
  CHECK_FALSE(fault_of(std::vector<FilterDescription>{}).empty());
  CHECK_FALSE(fault_of(std::vector<FilterDescription>{sound_filter(), sound_filter()}).empty());
  std::vector<FilterDescription> many(1025, sound_filter());
  for (std::size_t i = 0; i < many.size(); ++i) many[i].name = "f" + std::to_string(i);
  CHECK_FALSE(fault_of(many).empty());
  many.pop_back();
  CHECK(fault_of(many).empty());
}

}  // namespace tilework::engine
