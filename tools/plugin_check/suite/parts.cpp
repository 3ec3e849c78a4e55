#include "tools/plugin_check/suite/parts.h"

#include <algorithm>

#include "schema/model/error.h"

namespace tilework::conformance {

bool is_number(ParameterType type) {
  return type == ParameterType::integer || type == ParameterType::odd || type == ParameterType::real;
}

namespace {

void narrow(Part& part, PartText::Kind kind, const PackedValue& to) {
  if (kind != PartText::Kind::at_most) part.low = to;
  if (kind != PartText::Kind::at_least) part.high = to;
}

Part whole_of(const ParameterDescription& parameter) {
  if (parameter.type == ParameterType::colour) return {{0, 0, 0}, {1, 1, 1}};
  return {{parameter.minimum}, {parameter.maximum}};
}

void read_part(const PartText& text, const FilterDescription& filter, Parts& parts) {
  const FilterCall call = parse_call({&filter, 1}, text.call);
  if (call.arguments.empty()) {
    throw UserError("\"" + text.call + "\" names no value; write " + filter.name + ":parameter=value");
  }
  const auto values = pack_arguments(filter, call);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const ParameterDescription& parameter = filter.parameters[i];
    if (!call.arguments.contains(parameter.name)) continue;
    const std::string name = filter.name + ":" + parameter.name;
    if (text.kind != PartText::Kind::always && !is_number(parameter.type)) {
      throw UserError(name + " is no number, and has no least and no greatest value; give it one with --set");
    }
    Part& part = parts.try_emplace({filter.name, parameter.name}, whole_of(parameter)).first->second;
    narrow(part, text.kind, values[i]);
    if (part.low[0] > part.high[0] && is_number(parameter.type)) {
      throw UserError("there is nothing between --min and --max of " + name);
    }
  }
}

}  // namespace

Parts read_parts(std::span<const PartText> texts, std::span<const FilterDescription> filters) {
  Parts parts;
  for (const PartText& text : texts) {
    const auto filter = std::ranges::find(filters, text.filter(), &FilterDescription::name);
    if (filter != filters.end()) read_part(text, *filter, parts);
  }
  return parts;
}

}  // namespace tilework::conformance
