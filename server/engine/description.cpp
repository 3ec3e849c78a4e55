#include "server/engine/description.h"

#include <algorithm>
#include <string>
#include <vector>

#include "server/engine/bound_filter.h"

namespace tilework::engine {
namespace {

std::string text_or_throw(const char* text, const char* what) {
  if (text == nullptr) throw FilterError(std::string("a filter without ") + what);
  return text;
}

ParameterDescription parameter_of(const TileworkParameter& p, const std::string& filter) {
  ParameterDescription d;
  d.name = text_or_throw(p.name, "a parameter's name");
  d.label = text_or_throw(p.label, "a parameter's label");
  d.unit = p.unit ? p.unit : "";
  d.help = p.help ? p.help : "";
  if (p.type < TILEWORK_INT || p.type > TILEWORK_COLOUR) {
    throw FilterError(filter + ": parameter " + d.name + " is of an unknown type");
  }
  d.type = static_cast<ParameterType>(p.type);
  for (int i = 0; i < p.choice_count; ++i)
    d.choices.push_back(text_or_throw(p.choices[i], "a choice's name"));
  d.minimum = p.minimum;
  d.maximum = p.maximum;
  d.soft_minimum = p.soft_minimum;
  d.soft_maximum = p.soft_maximum;
  std::ranges::copy(p.initial.component, d.initial.begin());
  return d;
}

bool is_sane_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

// With the defaults of the parameters. A filter that refuses them says so when it is run.
AlphaUse alpha_use_of(const TileworkFilter& table, const FilterDescription& d) {
  std::vector<PackedValue> defaults;
  for (const auto& parameter : d.parameters) defaults.push_back(parameter.initial);
  const bool takes_u8 = (d.depths & 1u << TILEWORK_U8) != 0, takes_colour = (d.channels & 1u << 3) != 0;
  try {
    return BoundFilter(table, defaults).alpha_use({takes_u8 ? Depth::u8 : Depth::f32, takes_colour ? 4 : 2});
  } catch (const FilterError&) {
    return AlphaUse::aside;
  }
}

}  // namespace

FilterDescription description_of(const TileworkFilter& table) {
  FilterDescription d;
  d.name = text_or_throw(table.name, "a name");
  if (!is_sane_name(d.name)) {
    throw FilterError("\"" + d.name + "\" is no filter name: use lower case letters, digits and dashes");
  }
  d.version = text_or_throw(table.version, "a version");
  d.label = text_or_throw(table.label, "a label");
  d.group = text_or_throw(table.group, "a group");
  d.help = table.help ? table.help : "";
  if (table.kind < TILEWORK_LOCAL || table.kind > TILEWORK_DETECTOR) {
    throw FilterError(d.name + " is of an unknown kind");
  }
  d.kind = static_cast<FilterKind>(table.kind);
  d.depths = table.depths & 7u;
  d.channels = table.channels & 30u;
  const bool colour_or_gray = (d.channels & (1u << 1 | 1u << 3)) != 0;
  if (d.depths == 0 || !colour_or_gray) throw FilterError(d.name + " takes no pixels that Tilework carries");
  if (table.parameter_count < 0 || table.parameter_count > 256) {
    throw FilterError(d.name + " has an impossible number of parameters");
  }
  for (int i = 0; i < table.parameter_count; ++i) {
    d.parameters.push_back(parameter_of(table.parameters[i], d.name));
    const auto& p = d.parameters.back();
    if (!is_sane_name(p.name)) throw FilterError(d.name + ": \"" + p.name + "\" is no parameter name");
    for (const double part : p.initial) {
      if (!(part >= std::min(0.0, p.minimum) && part <= std::max(0.0, p.maximum))) {
        throw FilterError(d.name + ": the default of " + p.name + " is outside its range");
      }
    }
  }
  d.alpha = alpha_use_of(table, d);
  return d;
}

}  // namespace tilework::engine
