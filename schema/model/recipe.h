// Filters and recipes as values: what clients show and send, and what masters check. Pure values; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tilework {

enum class ParameterType { integer, odd, real, boolean, choice, colour };
enum class FilterKind { local, global, detector };

// "local", "global", "detector".
const char* to_text(FilterKind kind);

// What becomes of alpha in a filter: it stays as it is; or colours are weighed by it and it is filtered like
// them; or the filter itself deals with it.
enum class AlphaUse { aside, weighed, taken };

// "aside", "weighed", "taken".
const char* to_text(AlphaUse use);

// A colour's parts, each 0 to 1.
struct ColourValue {
  double blue = 0;
  double green = 0;
  double red = 0;
  friend bool operator==(const ColourValue&, const ColourValue&) = default;
};

// A parameter's value as people and scripts give it. Whole numbers are doubles without a fraction; a choice
// is its name.
using Value = std::variant<double, bool, std::string, ColourValue>;

// The same as the plugin gets it: numbers, switches (0 or 1) and choices (their index) in the first place; a
// colour as blue, green, red.
using PackedValue = std::array<double, 3>;

struct ParameterDescription {
  std::string name;
  std::string label;
  std::string unit;  // "px" for pixels
  std::string help;
  ParameterType type = ParameterType::real;
  std::vector<std::string> choices;
  double minimum = 0;  // the hard range, inclusive
  double maximum = 0;
  double soft_minimum = 0;  // what a slider offers
  double soft_maximum = 0;
  PackedValue initial{};
};

struct FilterDescription {
  std::string name;
  std::string version;
  std::string label;
  std::string group;
  std::string help;
  FilterKind kind = FilterKind::local;
  std::uint32_t depths = 0;          // bit 0: 8 bit, bit 1: 16 bit, bit 2: float
  std::uint32_t channels = 0;        // bit n: takes n channels
  AlphaUse alpha = AlphaUse::aside;  // with the defaults of its parameters
  std::vector<ParameterDescription> parameters;
};

// A library and the filters that it exports. The digest is BLAKE2b of the file's bytes, in hexadecimal.
struct PluginDescription {
  std::string file;
  std::string digest;
  std::vector<FilterDescription> filters;
};

// What a master offers at a moment.
struct FilterList {
  std::vector<PluginDescription> plugins;
  std::vector<std::string> withdrawn;  // names of filters that it offered before
  std::uint64_t revision = 0;          // another one after each change
};

// One filter with the arguments that were given; the rest take their defaults.
struct FilterCall {
  std::string filter;
  std::map<std::string, Value> arguments;
  friend bool operator==(const FilterCall&, const FilterCall&) = default;
};

using Recipe = std::vector<FilterCall>;

// "31", "true", "jet" or "#ff8800".
std::string to_text(const ParameterDescription& parameter, const PackedValue& value);

// "1 to 255, odd", "jet, hot, ...": what is allowed, for help and errors.
std::string allowed_text(const ParameterDescription& parameter);

// Reads what a person typed for a parameter. Throws UserError when it is not of the parameter's type.
Value parse_value(const FilterDescription& filter, const ParameterDescription& parameter,
                  std::string_view text);

// Checks the arguments against the filter's declaration and fills in the defaults, in the order of the
// declaration. Throws UserError that names the filter, the parameter and what is allowed.
std::vector<PackedValue> pack_arguments(const FilterDescription& filter, const FilterCall& call);

// The filter of that name. Throws UserError when there is none: it says so of those that were `withdrawn`,
// and gives the nearest names otherwise.
const FilterDescription& get_filter(std::span<const FilterDescription> filters, std::string_view name,
                                    std::span<const std::string> withdrawn = {});

// Reads "name" or "name:parameter=value,parameter=value". Throws UserError.
FilterCall parse_call(std::span<const FilterDescription> filters, std::string_view text,
                      std::span<const std::string> withdrawn = {});

}  // namespace tilework
