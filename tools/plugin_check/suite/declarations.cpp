// Checks of what a filter says about itself.
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "schema/model/error.h"
#include "tools/plugin_check/suite/checks.h"

namespace tilework::conformance {
namespace {

// What was found to be wrong, in one sentence.
class Complaints {
 public:
  void unless(bool right, const std::string& complaint) {
    if (right) return;
    if (!text_.empty()) text_ += "; ";
    text_ += complaint;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

CaseText declaration_of(const FilterDescription& filter) {
  CaseText where;
  where.filters = filter.name;
  return where;
}

// Values that a parameter must not take.
std::vector<Value> wrong_values(const ParameterDescription& p) {
  std::vector<Value> wrong;
  switch (p.type) {
    case ParameterType::odd:
      wrong.emplace_back(std::floor(p.minimum / 2) * 2 + 2);
      [[fallthrough]];
    case ParameterType::integer:
      wrong.emplace_back(p.initial[0] + 0.5);
      [[fallthrough]];
    case ParameterType::real:
      wrong.emplace_back(std::nextafter(p.minimum, -HUGE_VAL));
      wrong.emplace_back(std::nextafter(p.maximum, HUGE_VAL));
      wrong.emplace_back(std::numeric_limits<double>::quiet_NaN());
      wrong.emplace_back(std::string("red"));
      break;
    case ParameterType::boolean:
      wrong.emplace_back(std::string("perhaps"));
      break;
    case ParameterType::choice:
      wrong.emplace_back(std::string("no-such-choice"));
      wrong.emplace_back(1.0);
      break;
    case ParameterType::colour:
      wrong.emplace_back(ColourValue{0, 0, 1.5});
      break;
  }
  return wrong;
}

bool refuses(const LoadedFilter& filter, const std::string& parameter, const Value& value) {
  try {
    bind(filter, {{parameter, value}});
    return false;
  } catch (const UserError&) {
    return true;
  }
}

}  // namespace

void check_descriptions(const Run& run) {
  std::map<std::string, std::string> files;  // by name of the filter
  for (const auto& filter : run.filters()) {
    const FilterDescription& d = filter.description;
    run.attempt(declaration_of(d), [&] {
      Complaints complain;
      const auto [first, is_new] = files.emplace(d.name, filter.file);
      complain.unless(is_new, filter.file + " and " + first->second + " both export it");
      complain.unless(!d.label.empty(), "it has no label");
      complain.unless(!d.group.empty(), "it has no group");
      complain.unless(!d.help.empty(), "it has no help");
      complain.unless(!d.version.empty(), "it has no version");
      std::set<std::string> parameters;
      for (const auto& p : d.parameters) {
        complain.unless(parameters.insert(p.name).second, "two parameters have the name " + p.name);
        complain.unless(!p.label.empty(), "parameter " + p.name + " has no label");
        complain.unless(!p.help.empty(), "parameter " + p.name + " has no help");
      }
      return complain.text();
    });
  }
}

void check_ranges(const Run& run) {
  for (const auto& filter : run.filters()) {
    run.attempt(declaration_of(filter.description), [&] {
      Complaints complain;
      for (const auto& p : filter.description.parameters) {
        const bool in_order =
            p.minimum <= p.soft_minimum && p.soft_minimum <= p.soft_maximum && p.soft_maximum <= p.maximum;
        complain.unless(in_order,
                        "the ranges of " + p.name + " aren't in order, the soft one in the hard one");
        for (std::size_t part = 0; part < (p.type == ParameterType::colour ? 3 : 1); ++part) {
          const bool inside = p.initial[part] >= p.minimum && p.initial[part] <= p.maximum;
          complain.unless(inside, "the default of " + p.name + " is outside its range");
        }
        const bool is_odd = p.type != ParameterType::odd || std::fmod(p.initial[0], 2) != 0;
        complain.unless(is_odd, "the default of " + p.name + " isn't odd");
        const bool has_choices = p.type != ParameterType::choice || !p.choices.empty();
        complain.unless(has_choices, p.name + " has nothing to choose from");
      }
      bind(filter);
      return complain.text();
    });
  }
}

void check_refusals(const Run& run) {
  for (const auto& filter : run.filters()) {
    run.attempt(declaration_of(filter.description), [&] {
      Complaints complain;
      complain.unless(refuses(filter, "no-such-parameter", 1.0), "it takes a parameter that it hasn't");
      for (const auto& p : filter.description.parameters) {
        for (const Value& value : wrong_values(p)) {
          complain.unless(refuses(filter, p.name, value),
                          p.name + " takes a value that is out of its range or of another type");
        }
      }
      return complain.text();
    });
  }
}

}  // namespace tilework::conformance
