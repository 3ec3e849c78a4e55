#include "schema/model/recipe.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>

#include "schema/model/error.h"
#include "schema/model/nearest.h"

namespace tilework {
namespace {

std::string number_text(double value) {
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return {buffer, end};
}

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<bool> parse_switch(std::string_view text) {
  if (text == "true" || text == "yes" || text == "on" || text == "1") return true;
  if (text == "false" || text == "no" || text == "off" || text == "0") return false;
  return std::nullopt;
}

// "#rrggbb"
std::optional<ColourValue> parse_colour(std::string_view text) {
  unsigned rgb = 0;
  if (text.size() != 7 || text[0] != '#') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + 7, rgb, 16);
  if (error != std::errc{} || end != text.data() + 7) return std::nullopt;
  return ColourValue{(rgb & 255) / 255.0, (rgb >> 8 & 255) / 255.0, (rgb >> 16 & 255) / 255.0};
}

[[noreturn]] void refuse(const FilterDescription& filter, const ParameterDescription& parameter,
                         const std::string& given) {
  throw UserError(filter.name + ": " + parameter.name + " can't be " + given + "; it takes " +
                  allowed_text(parameter));
}

PackedValue pack_number(const FilterDescription& filter, const ParameterDescription& p, double number) {
  const bool whole = p.type == ParameterType::integer || p.type == ParameterType::odd;
  const bool fits = std::isfinite(number) && number >= p.minimum && number <= p.maximum &&
                    (!whole || number == std::floor(number)) &&
                    (p.type != ParameterType::odd || std::fmod(number, 2) != 0);
  if (!fits) refuse(filter, p, number_text(number));
  return {number, 0, 0};
}

PackedValue pack_choice(const FilterDescription& filter, const ParameterDescription& p,
                        const std::string& name) {
  const auto found = std::ranges::find(p.choices, name);
  if (found == p.choices.end()) refuse(filter, p, '"' + name + '"' + did_you_mean(name, p.choices));
  return {static_cast<double>(found - p.choices.begin()), 0, 0};
}

PackedValue pack_colour(const FilterDescription& filter, const ParameterDescription& p,
                        const ColourValue& c) {
  for (const double part : {c.blue, c.green, c.red}) {
    if (!(part >= 0 && part <= 1)) refuse(filter, p, "a colour part of " + number_text(part));
  }
  return {c.blue, c.green, c.red};
}

PackedValue pack(const FilterDescription& filter, const ParameterDescription& p, const Value& value) {
  const bool is_number =
      p.type == ParameterType::integer || p.type == ParameterType::odd || p.type == ParameterType::real;
  if (const auto* number = std::get_if<double>(&value); number && is_number)
    return pack_number(filter, p, *number);
  if (const auto* on = std::get_if<bool>(&value); on && p.type == ParameterType::boolean) {
    return {*on ? 1.0 : 0.0, 0, 0};
  }
  if (const auto* name = std::get_if<std::string>(&value); name && p.type == ParameterType::choice) {
    return pack_choice(filter, p, *name);
  }
  if (const auto* colour = std::get_if<ColourValue>(&value); colour && p.type == ParameterType::colour) {
    return pack_colour(filter, p, *colour);
  }
  refuse(filter, p, "a value of another type");
}

const ParameterDescription& get_parameter(const FilterDescription& filter, std::string_view name) {
  const auto found = std::ranges::find(filter.parameters, name, &ParameterDescription::name);
  if (found != filter.parameters.end()) return *found;
  std::vector<std::string> names;
  std::string list;
  for (const auto& p : filter.parameters) {
    names.push_back(p.name);
    list += (list.empty() ? "" : ", ") + p.name;
  }
  throw UserError(filter.name + " has no parameter \"" + std::string(name) + "\"" +
                  did_you_mean(name, names) + (list.empty() ? "; it has none" : " (it has: " + list + ")"));
}

}  // namespace

const char* to_text(FilterKind kind) {
  switch (kind) {
    case FilterKind::global:
      return "global";
    case FilterKind::detector:
      return "detector";
    case FilterKind::local:
      break;
  }
  return "local";
}

const char* to_text(AlphaUse use) {
  switch (use) {
    case AlphaUse::weighed:
      return "weighed";
    case AlphaUse::taken:
      return "taken";
    case AlphaUse::aside:
      break;
  }
  return "aside";
}

std::string to_text(const ParameterDescription& parameter, const PackedValue& value) {
  switch (parameter.type) {
    case ParameterType::boolean:
      return value[0] != 0 ? "true" : "false";
    case ParameterType::choice: {
      const auto index = static_cast<std::size_t>(value[0]);
      return index < parameter.choices.size() ? parameter.choices[index] : number_text(value[0]);
    }
    case ParameterType::colour: {
      const auto byte = [](double part) { return static_cast<unsigned>(std::lround(part * 255)) & 255u; };
      char buffer[8];
      std::snprintf(buffer, sizeof buffer, "#%02x%02x%02x", byte(value[2]), byte(value[1]), byte(value[0]));
      return buffer;
    }
    default:
      return number_text(value[0]);
  }
}

std::string allowed_text(const ParameterDescription& parameter) {
  switch (parameter.type) {
    case ParameterType::boolean:
      return "true or false";
    case ParameterType::colour:
      return "a colour such as #ff8800";
    case ParameterType::choice: {
      std::string list;
      for (const auto& name : parameter.choices) list += (list.empty() ? "" : ", ") + name;
      return list;
    }
    default:
      break;
  }
  const bool open = parameter.minimum < -2e9 && parameter.maximum > 2e9;
  std::string text =
      open ? "any number" : number_text(parameter.minimum) + " to " + number_text(parameter.maximum);
  if (parameter.type == ParameterType::integer) text += ", whole";
  if (parameter.type == ParameterType::odd) text += ", odd";
  return text;
}

Value parse_value(const FilterDescription& filter, const ParameterDescription& parameter,
                  std::string_view text) {
  const std::string quoted = '"' + std::string(text) + '"';
  switch (parameter.type) {
    case ParameterType::boolean:
      if (const auto on = parse_switch(text)) return *on;
      break;
    case ParameterType::choice:
      return std::string(text);
    case ParameterType::colour:
      if (const auto colour = parse_colour(text)) return *colour;
      break;
    default:
      if (const auto number = parse_number(text)) return *number;
  }
  refuse(filter, parameter, quoted);
}

std::vector<PackedValue> pack_arguments(const FilterDescription& filter, const FilterCall& call) {
  for (const auto& [name, value] : call.arguments) get_parameter(filter, name);
  std::vector<PackedValue> packed;
  for (const auto& parameter : filter.parameters) {
    const auto given = call.arguments.find(parameter.name);
    packed.push_back(given == call.arguments.end() ? parameter.initial
                                                   : pack(filter, parameter, given->second));
  }
  return packed;
}

const FilterDescription& get_filter(std::span<const FilterDescription> filters, std::string_view name,
                                    std::span<const std::string> withdrawn) {
  const auto found = std::ranges::find(filters, name, &FilterDescription::name);
  if (found != filters.end()) return *found;
  if (std::ranges::find(withdrawn, name) != withdrawn.end()) {
    throw UserError("the filter " + std::string(name) +
                    " was withdrawn from this master; `tilework filters` lists those that there are");
  }
  std::vector<std::string> names;
  for (const auto& filter : filters) names.push_back(filter.name);
  throw UserError("there is no filter \"" + std::string(name) + "\"" + did_you_mean(name, names) +
                  " (`tilework filters` lists them)");
}

FilterCall parse_call(std::span<const FilterDescription> filters, std::string_view text,
                      std::span<const std::string> withdrawn) {
  const auto colon = text.find(':');
  const auto& filter = get_filter(filters, text.substr(0, colon), withdrawn);
  FilterCall call{filter.name, {}};
  std::string_view rest = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    const auto argument = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
    const auto equals = argument.find('=');
    if (equals == std::string_view::npos) {
      throw UserError("\"" + std::string(argument) + "\" is no argument; write " + filter.name +
                      ":parameter=value,parameter=value");
    }
    const auto& parameter = get_parameter(filter, argument.substr(0, equals));
    const bool first =
        call.arguments.emplace(parameter.name, parse_value(filter, parameter, argument.substr(equals + 1)))
            .second;
    if (!first) throw UserError(filter.name + ": " + parameter.name + " is given twice");
  }
  pack_arguments(filter, call);  // ranges and choices, while the text is at hand
  return call;
}

}  // namespace tilework
