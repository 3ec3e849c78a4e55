// The widgets of parameters: one row each, made from the declaration alone.
#include <algorithm>
#include <array>
#include <cmath>

#include "client/ui/theme.h"
#include "client/ui/widget_map.h"
#include "client/ui/widgets.h"

namespace tilework::client {
namespace {

double nearest_odd(double value) {
  return 2 * std::round((value - 1) / 2) + 1;
}

// The slider goes over the soft range, and to a value beyond it that was typed.
void draw_number(const ParameterDescription& parameter, double value, ParameterChange& change) {
  const bool whole = parameter.type != ParameterType::real;
  const double low = std::min(parameter.soft_minimum, value), high = std::max(parameter.soft_maximum, value);
  const int decimals = whole ? 0 : high - low > 20 ? 1 : 2;
  double now = value;
  if (slider("##value", &now, low, high, {decimals, {}, parameter.unit})) {
    if (parameter.type == ParameterType::integer) now = std::round(now);
    if (parameter.type == ParameterType::odd) now = nearest_odd(now);
    if (std::isfinite(now)) now = std::clamp(now, parameter.minimum, parameter.maximum);
    if (std::isfinite(now) && now != value) change.value = now;
  }
}

void draw_choice(const ParameterDescription& parameter, const std::string& value, ParameterChange& change) {
  if (!ImGui::BeginCombo("##value", value.c_str())) return;
  for (const auto& choice : parameter.choices) {
    if (ImGui::Selectable(choice.c_str(), choice == value) && choice != value) change.value = choice;
    name_item("choice/" + choice);
  }
  ImGui::EndCombo();
}

void draw_colour(const ColourValue& value, ParameterChange& change) {
  std::array<float, 3> parts{static_cast<float>(value.red), static_cast<float>(value.green),
                             static_cast<float>(value.blue)};
  if (ImGui::ColorEdit3("##value", parts.data())) change.value = ColourValue{parts[2], parts[1], parts[0]};
}

std::string help_of(const ParameterDescription& parameter) {
  std::string text = parameter.help;
  if (!text.empty()) text += "\n\n";
  text += "Takes " + allowed_text(parameter) + ". Double-click resets";
  const bool is_number = parameter.type != ParameterType::boolean &&
                         parameter.type != ParameterType::choice && parameter.type != ParameterType::colour;
  return text + (is_number ? ", Ctrl-click types a value." : ".");
}

}  // namespace

Value initial_value(const ParameterDescription& parameter) {
  const PackedValue& initial = parameter.initial;
  switch (parameter.type) {
    case ParameterType::boolean:
      return initial[0] != 0;
    case ParameterType::choice: {
      const auto index = static_cast<std::size_t>(initial[0]);
      return index < parameter.choices.size() ? parameter.choices[index] : std::string();
    }
    case ParameterType::colour:
      return ColourValue{initial[0], initial[1], initial[2]};
    default:
      return initial[0];
  }
}

ParameterChange draw_parameter(const ParameterDescription& parameter, const Value& value,
                               const std::string& name) {
  ParameterChange change;
  ImGui::PushID(parameter.name.c_str());
  const float label_width = scaled(128);
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted(parameter.label.empty() ? parameter.name.c_str() : parameter.label.c_str());
  tooltip(help_of(parameter));
  if (ImGui::IsItemHovered() && ImGui::IsMouseDoubleClicked(0)) change.reset = true;
  ImGui::SameLine(label_width);
  ImGui::SetNextItemWidth(-scaled(10));
  // A value of another kind, as a preset of an older version may have, shows the default.
  const Value initial = initial_value(parameter);
  const Value& shown = value.index() == initial.index() ? value : initial;
  if (const auto* number = std::get_if<double>(&shown)) draw_number(parameter, *number, change);
  if (const auto* flag = std::get_if<bool>(&shown)) {
    bool now = *flag;
    if (checkbox("##value", &now)) change.value = now;
  }
  if (const auto* choice = std::get_if<std::string>(&shown)) draw_choice(parameter, *choice, change);
  if (const auto* colour = std::get_if<ColourValue>(&shown)) draw_colour(*colour, change);
  name_item(name);
  const bool is_number = std::holds_alternative<double>(shown);
  if (is_number && ImGui::IsItemHovered() && ImGui::IsMouseDoubleClicked(0)) {
    change.reset = true;
    change.value.reset();
  }
  change.released = ImGui::IsItemDeactivated();
  if (!ImGui::IsItemActive()) tooltip(help_of(parameter));
  ImGui::PopID();
  return change;
}

}  // namespace tilework::client
