#include "tools/cli/filters_text.h"

#include <algorithm>
#include <array>
#include <tuple>

#include <nlohmann/json.hpp>

#include "client/common/text.h"

namespace tilework::cli {
namespace {

using nlohmann::json;

constexpr std::array depth_names{"8 bit", "16 bit", "float"};
constexpr std::array depth_keys{"u8", "u16", "f32"};
constexpr std::array type_names{"integer", "odd", "real", "boolean", "choice", "colour"};
constexpr std::size_t listed_choices = 5;  // more are only counted in the table
constexpr std::size_t digest_digits = 12;

// "size=31 (1 to 255, odd, px)"
std::string parameter_text(const ParameterDescription& parameter) {
  const bool long_list = parameter.choices.size() > listed_choices;
  std::string allowed =
      long_list ? std::to_string(parameter.choices.size()) + " choices" : allowed_text(parameter);
  if (!parameter.unit.empty()) allowed += ", " + parameter.unit;
  return printable(parameter.name + "=" + to_text(parameter, parameter.initial) + " (" + allowed + ")");
}

template <class Names>
std::string joined(const Names& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

std::vector<std::string> depths_of(const FilterDescription& filter, const std::array<const char*, 3>& names) {
  std::vector<std::string> taken;
  for (unsigned i = 0; i < names.size(); ++i) {
    if ((filter.depths >> i & 1) != 0) taken.emplace_back(names[i]);
  }
  return taken;
}

std::vector<unsigned> channels_of(const FilterDescription& filter) {
  std::vector<unsigned> taken;
  for (unsigned i = 1; i <= 4; ++i) {
    if ((filter.channels >> i & 1) != 0) taken.push_back(i);
  }
  return taken;
}

std::string pixels_text(const FilterDescription& filter) {
  std::vector<std::string> channels;
  for (const auto count : channels_of(filter)) channels.push_back(std::to_string(count));
  return joined(depths_of(filter, depth_names)) + "; " + joined(channels) +
         (channels == std::vector<std::string>{"1"} ? " channel" : " channels");
}

std::string kind_text(FilterKind kind) {
  const std::string name = to_text(kind);
  switch (kind) {
    case FilterKind::global:
      return name + ": learns from the whole image first";
    case FilterKind::detector:
      return name + ": tells what it finds, and leaves the pixels as they are";
    case FilterKind::local:
      break;
  }
  return name + ": looks at the neighbourhood of each pixel";
}

std::string alpha_text(AlphaUse use) {
  switch (use) {
    case AlphaUse::weighed:
      return "weighed: what can't be seen has no say in its neighbours' colours, and alpha is filtered "
             "likewise";
    case AlphaUse::taken:
      return "taken: the filter itself deals with it";
    case AlphaUse::aside:
      break;
  }
  return "kept aside: it stays as it is";
}

json value_json(const ParameterDescription& parameter) {
  if (parameter.type == ParameterType::boolean) return parameter.initial[0] != 0;
  if (parameter.type == ParameterType::choice || parameter.type == ParameterType::colour) {
    return to_text(parameter, parameter.initial);
  }
  return parameter.initial[0];
}

json parameter_json(const ParameterDescription& parameter) {
  json to{{"name", parameter.name},
          {"label", parameter.label},
          {"unit", parameter.unit},
          {"help", parameter.help},
          {"type", type_names[static_cast<std::size_t>(parameter.type)]},
          {"default", value_json(parameter)}};
  if (parameter.type == ParameterType::choice) {
    to["choices"] = parameter.choices;
  } else if (parameter.type != ParameterType::boolean && parameter.type != ParameterType::colour) {
    to.update({{"minimum", parameter.minimum},
               {"maximum", parameter.maximum},
               {"soft_minimum", parameter.soft_minimum},
               {"soft_maximum", parameter.soft_maximum}});
  }
  return to;
}

}  // namespace

std::vector<ListedFilter> listed(const std::vector<PluginDescription>& plugins) {
  std::vector<ListedFilter> all;
  for (const auto& plugin : plugins) {
    for (const auto& filter : plugin.filters) all.push_back({filter, plugin.file, plugin.digest});
  }
  std::ranges::sort(all, {}, [](const auto& l) { return std::tie(l.filter.group, l.filter.name); });
  return all;
}

std::string filters_table(const std::vector<ListedFilter>& filters) {
  std::vector<std::vector<std::string>> rows{{"NAME", "LABEL", "GROUP", "PARAMETERS"}};
  for (const auto& [filter, file, digest] : filters) {
    rows.push_back({printable(filter.name), printable(filter.label), printable(filter.group), ""});
    for (const auto& parameter : filter.parameters) {
      if (!rows.back().back().empty()) rows.push_back({"", "", "", ""});
      rows.back().back() = parameter_text(parameter);
    }
  }
  return table(rows);
}

std::string changes_text(const std::vector<ListedFilter>& before, const std::vector<ListedFilter>& after) {
  const auto find = [](const std::vector<ListedFilter>& list, const ListedFilter& wanted) {
    return std::ranges::find(list, wanted.filter.name,
                             [](const ListedFilter& listed) { return listed.filter.name; });
  };
  const auto line = [](char sign, const ListedFilter& listed) {
    return std::string(1, sign) + " " +
           printable(listed.filter.name + " " + listed.filter.version + " (" + listed.file + ", " +
                     listed.digest.substr(0, digest_digits) + ")") +
           "\n";
  };
  std::string text;
  for (const auto& listed : before) {
    if (find(after, listed) == after.end()) text += line('-', listed);
  }
  for (const auto& listed : after) {
    const auto old = find(before, listed);
    if (old == before.end()) {
      text += line('+', listed);
    } else if (old->digest != listed.digest) {
      text += line('~', listed);
    }
  }
  return text;
}

std::string filter_page(const ListedFilter& listed) {
  const auto& filter = listed.filter;
  std::string text = printable(filter.name + " " + filter.version + ": " + filter.label) + "\n";
  if (!filter.help.empty()) text += printable(filter.help) + "\n";
  text += "\n" +
          table({{"group", printable(filter.group)},
                 {"kind", kind_text(filter.kind)},
                 {"pixels", pixels_text(filter)},
                 {"alpha", alpha_text(filter.alpha)},
                 {"plugin", printable(listed.file + ", digest " + listed.digest.substr(0, digest_digits))}});
  std::string example = filter.name;
  if (!filter.parameters.empty()) text += "\n";
  std::vector<std::vector<std::string>> rows{{"PARAMETER", "DEFAULT", "TAKES", "WHAT"}};
  for (const auto& parameter : filter.parameters) {
    const std::string initial = to_text(parameter, parameter.initial);
    rows.push_back(
        {printable(parameter.name), printable(initial),
         printable(allowed_text(parameter) + (parameter.unit.empty() ? "" : ", " + parameter.unit)),
         printable(parameter.label + (parameter.help.empty() ? "" : ": " + parameter.help))});
    example += (example == filter.name ? ":" : ",") + parameter.name + "=" + initial;
  }
  if (rows.size() > 1) text += table(rows);
  return text + "\nExample: tilework apply photo.jpg -f " + printable(example) + " -o out.png\n";
}

json to_json(const ListedFilter& listed) {
  const auto& filter = listed.filter;
  json parameters = json::array();
  for (const auto& parameter : filter.parameters) parameters.push_back(parameter_json(parameter));
  return {{"name", filter.name},
          {"version", filter.version},
          {"label", filter.label},
          {"group", filter.group},
          {"help", filter.help},
          {"kind", to_text(filter.kind)},
          {"depths", depths_of(filter, depth_keys)},
          {"channels", channels_of(filter)},
          {"alpha", to_text(filter.alpha)},
          {"plugin", listed.file},
          {"digest", listed.digest},
          {"parameters", std::move(parameters)}};
}

}  // namespace tilework::cli
