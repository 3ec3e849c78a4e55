#include "server/engine/description.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "schema/model/clean_text.h"
#include "server/engine/bound_filter.h"

namespace tilework::engine {
namespace {

// In bytes. Texts that are read in a line, and those that are read in a window.
constexpr std::size_t longest_text = 256;
constexpr std::size_t longest_help = 16 << 10;
constexpr std::size_t most_parameters = 256;
constexpr std::size_t most_choices = 1024;
constexpr std::size_t most_filters = 1024;   // of a library
constexpr double largest_whole = 1LL << 53;  // up to which doubles hold all whole numbers
// As in TileworkFilter: depths of 8 and 16 bits and float, one to four channels.
constexpr std::uint32_t all_depths = 7;
constexpr std::uint32_t all_channels = 30;

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
    throw FilterError(filter + ": parameter " + clean_line(d.name, 64) + " is of an unknown type");
  }
  d.type = static_cast<ParameterType>(p.type);
  for (int i = 0; i < p.choice_count; ++i) {
    d.choices.push_back(text_or_throw(p.choices[i], "a choice's name"));
    if (d.choices.back().empty() || !is_clean_line(d.choices.back(), 64)) {
      throw FilterError(filter + ": parameter " + clean_line(d.name, 64) +
                        " has a choice whose name isn't a line of 1 to 64 bytes that can all be shown");
    }
  }
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

bool is_whole(ParameterType type) {
  return type == ParameterType::integer || type == ParameterType::odd || type == ParameterType::choice;
}

bool has_sane_range(const ParameterDescription& p) {
  for (const double number : {p.minimum, p.maximum, p.soft_minimum, p.soft_maximum}) {
    if (!std::isfinite(number) || (is_whole(p.type) && std::abs(number) > largest_whole)) return false;
  }
  if (p.minimum > p.maximum) return false;
  const auto choices = static_cast<double>(p.choices.size());
  return p.type != ParameterType::choice || (p.minimum >= 0 && p.maximum < choices);
}

std::string fault_of(const ParameterDescription& p) {
  if (!is_sane_name(p.name)) return "\"" + clean_line(p.name, 64) + "\" is no parameter name";
  for (const auto* text : {&p.label, &p.unit}) {
    if (text->size() > longest_text) return "the texts of " + p.name + " are too long";
  }
  if (p.help.size() > longest_help) return "the help of " + p.name + " is too long";
  const auto is_long = [](const auto& choice) { return choice.size() > longest_text; };
  if (p.choices.size() > most_choices || std::ranges::any_of(p.choices, is_long)) {
    return p.name + " has too many choices, or too long ones";
  }
  if (!has_sane_range(p)) return "the range of " + p.name + " makes no sense";
  for (const double part : p.initial) {
    if (!(part >= std::min(0.0, p.minimum) && part <= std::max(0.0, p.maximum))) {
      return "the default of " + p.name + " is outside its range";
    }
  }
  return {};
}

std::string fault_of(const FilterDescription& d) {
  if (!is_sane_name(d.name)) {
    return "\"" + clean_line(d.name, 64) + "\" is no filter name: use lower case letters, digits and dashes";
  }
  for (const auto* text : {&d.version, &d.label, &d.group}) {
    if (text->size() > longest_text) return d.name + " has too long a version, label or group";
  }
  if (d.help.size() > longest_help) return d.name + " has too long a help";
  const bool is_known = (d.depths & ~all_depths) == 0 && (d.channels & ~all_channels) == 0;
  const bool colour_or_gray = (d.channels & (1u << 1 | 1u << 3)) != 0;
  if (!is_known || d.depths == 0 || !colour_or_gray) return d.name + " takes no pixels that Tilework carries";
  if (d.parameters.size() > most_parameters) return d.name + " has an impossible number of parameters";
  for (const auto& parameter : d.parameters) {
    if (const auto fault = fault_of(parameter); !fault.empty()) return d.name + ": " + fault;
  }
  return {};
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
  d.version = text_or_throw(table.version, "a version");
  d.label = text_or_throw(table.label, "a label");
  d.group = text_or_throw(table.group, "a group");
  d.help = table.help ? table.help : "";
  if (table.kind < TILEWORK_LOCAL || table.kind > TILEWORK_DETECTOR) {
    throw FilterError(d.name + " is of an unknown kind");
  }
  d.kind = static_cast<FilterKind>(table.kind);
  d.depths = table.depths & all_depths;
  d.channels = table.channels & all_channels;
  if (table.parameter_count < 0 || table.parameter_count > static_cast<int>(most_parameters)) {
    throw FilterError(d.name + " has an impossible number of parameters");
  }
  for (int i = 0; i < table.parameter_count; ++i) {
    d.parameters.push_back(parameter_of(table.parameters[i], d.name));
  }
  if (const auto fault = fault_of(d); !fault.empty()) throw FilterError(fault);
  d.alpha = alpha_use_of(table, d);
  return d;
}

std::string fault_of(std::span<const FilterDescription> filters) {
  if (filters.empty() || filters.size() > most_filters) return "it exports no filters";
  std::set<std::string> names;
  for (const auto& filter : filters) {
    if (const auto fault = fault_of(filter); !fault.empty()) return fault;
    if (!names.insert(filter.name).second) return "it exports " + filter.name + " twice";
  }
  return {};
}

}  // namespace tilework::engine
