#include "client/ui/recipe_panel.h"

#include <algorithm>

#include <imgui.h>
#include <imgui_stdlib.h>

#include "client/ui/filter_search.h"
#include "client/ui/theme.h"
#include "client/ui/widget_map.h"
#include "client/ui/widgets.h"

namespace tilework::client {
void RecipePanel::draw(const Model& model, Intents& intents) {
  draw_head(model, intents);
  const ImageEntry* image = model.current();
  ImGui::BeginDisabled(image == nullptr || !model.filters_known);
  if (main_button("+  Add a filter", {-1, 0}) || opens_picker_) ImGui::OpenPopup("picker");
  name_item("recipe/add");
  ImGui::EndDisabled();
  opens_picker_ = false;
  draw_picker(model, intents);
  ImGui::Spacing();
  ImGui::BeginChild("steps");
  if (image == nullptr) {
    note("Open an image to give it a recipe.");
  } else if (image->steps.empty()) {
    note("The recipe is empty: the image stays as it is. Add a filter, or take a preset.");
  } else {
    std::size_t enabled_place = 0;
    for (std::size_t i = 0; i < image->steps.size(); ++i) {
      draw_step(model, image->steps[i], i, enabled_place, intents);
      if (image->steps[i].enabled) ++enabled_place;
    }
    note("The image runs through the filters from top to bottom. Drag a filter's head to move it.");
  }
  ImGui::EndChild();
}

void RecipePanel::draw_head(const Model& model, Intents& intents) {
  ImGui::AlignTextToFramePadding();
  heading("Recipe");
  const float buttons = ImGui::GetFrameHeight() * 4 + ImGui::GetStyle().ItemSpacing.x * 3;
  ImGui::SameLine(ImGui::GetContentRegionMax().x - buttons);
  const auto& history = model.history;
  if (sign_button("recipe/undo", Sign::undo,
                  history.can_undo() ? "Undo: " + history.undo_text() + " (Ctrl+Z)" : "Nothing to undo",
                  history.can_undo())) {
    intents.push_back(Undo{});
  }
  ImGui::SameLine();
  if (sign_button("recipe/redo", Sign::redo,
                  history.can_redo() ? "Redo: " + history.redo_text() + " (Ctrl+Shift+Z)" : "Nothing to redo",
                  history.can_redo())) {
    intents.push_back(Redo{});
  }
  ImGui::SameLine();
  const ImageEntry* image = model.current();
  if (sign_button("recipe/clear", Sign::reset, "Remove all filters",
                  image != nullptr && !image->steps.empty())) {
    intents.push_back(Edit{ReplaceRecipe{{}, "Remove all filters"}});
  }
  ImGui::SameLine();
  if (sign_button("recipe/menu", Sign::menu, "Presets, and copies of this recipe", image != nullptr)) {
    ImGui::OpenPopup("presets");
  }
  draw_presets(model, intents);
}

void RecipePanel::draw_presets(const Model& model, Intents& intents) {
  if (!ImGui::BeginPopup("presets")) return;
  close_by_escape();
  const ImageEntry* image = model.current();
  heading("Presets");
  if (model.presets.empty()) note("There are none yet.");
  for (const Preset& preset : model.presets) {
    ImGui::PushID(preset.file.c_str());
    const float width = scaled(230);
    if (ImGui::Selectable(preset.name.c_str(), false, 0, {width, 0})) {
      intents.push_back(Edit{ReplaceRecipe{preset.steps, "Preset " + preset.name}});
    }
    name_item("preset/" + preset.name);
    if (!preset.is_shipped) {
      ImGui::SameLine();
      if (sign_button("delete", Sign::close, "Delete this preset"))
        intents.push_back(DeletePreset{preset.file});
    }
    ImGui::PopID();
  }
  ImGui::Separator();
  ImGui::SetNextItemWidth(scaled(180));
  const bool entered =
      ImGui::InputTextWithHint("##name", "Name", &preset_name_, ImGuiInputTextFlags_EnterReturnsTrue);
  name_item("preset/name");
  ImGui::SameLine();
  ImGui::BeginDisabled(preset_name_.empty() || image == nullptr || image->steps.empty());
  if (ImGui::Button("Save") || (entered && !preset_name_.empty())) {
    intents.push_back(SavePreset{preset_name_});
    preset_name_.clear();
    ImGui::CloseCurrentPopup();
  }
  name_item("preset/save");
  ImGui::EndDisabled();
  ImGui::Separator();
  const auto& document = model.document();
  std::vector<ImageId> others, chosen;
  for (const auto& entry : document.images) {
    if (entry.id == document.current) continue;
    others.push_back(entry.id);
    if (document.chosen.contains(entry.id)) chosen.push_back(entry.id);
  }
  if (ImGui::MenuItem("Copy this recipe to the chosen images", nullptr, false, !chosen.empty())) {
    intents.push_back(Edit{CopyRecipe{chosen}});
  }
  if (ImGui::MenuItem("Copy this recipe to all images", nullptr, false, !others.empty())) {
    intents.push_back(Edit{CopyRecipe{others}});
  }
  name_item("recipe/copy-to-all");
  ImGui::EndPopup();
}

void RecipePanel::draw_picker(const Model& model, Intents& intents) {
  const ImVec2 below = ImGui::GetItemRectMin();
  ImGui::SetNextWindowPos({below.x, ImGui::GetItemRectMax().y + scaled(4)});
  ImGui::SetNextWindowSize({ImGui::GetItemRectSize().x, scaled(430)});
  if (!ImGui::BeginPopup("picker")) return;
  close_by_escape();
  if (ImGui::IsWindowAppearing()) {
    search_.clear();
    marked_ = 0;
    ImGui::SetKeyboardFocusHere();
  }
  ImGui::SetNextItemWidth(-1);
  const bool entered = ImGui::InputTextWithHint("##search", "Search: blur, edges, colour...", &search_,
                                                ImGuiInputTextFlags_EnterReturnsTrue);
  name_item("picker/search");
  if (ImGui::IsItemEdited()) marked_ = 0;
  const auto groups = find_filters(model.filters, search_);
  std::size_t count = 0;
  for (const auto& group : groups) count += group.filters.size();
  const bool moves = move_mark(count);
  const FilterDescription* taken = nullptr;
  ImGui::BeginChild("filters");
  if (groups.empty()) note("No filter has \"" + search_ + "\" in its name or description.");
  std::size_t place = 0;
  for (const auto& group : groups) {
    note(group.name, palette().accent);
    for (const auto* filter : group.filters) {
      const bool is_marked = place++ == marked_;
      if (entered && is_marked) taken = filter;
      const ImVec2 from = ImGui::GetCursorScreenPos();
      const float width = ImGui::GetContentRegionAvail().x;
      const float text = ImGui::GetTextLineHeight();
      ImGui::PushFont(fonts().small);
      const float help = ImGui::CalcTextSize(filter->help.c_str(), nullptr, false, width - scaled(16)).y;
      ImGui::PopFont();
      if (ImGui::Selectable(("##" + filter->name).c_str(), is_marked, 0, {width, text + help + scaled(10)})) {
        taken = filter;
      }
      if (is_marked && moves) ImGui::SetScrollHereY();
      name_item("picker/" + filter->name);
      auto& list = *ImGui::GetWindowDrawList();
      list.AddText({from.x + scaled(8), from.y + scaled(3)}, colour(palette().text),
                   label_of(*filter).c_str());
      list.AddText(fonts().small, fonts().small->FontSize, {from.x + scaled(8), from.y + text + scaled(5)},
                   colour(palette().dim), filter->help.c_str(), nullptr, width - scaled(16));
    }
  }
  ImGui::EndChild();
  if (taken != nullptr) {
    intents.push_back(Edit{AddFilter{taken->name}});
    ImGui::CloseCurrentPopup();
  }
  ImGui::EndPopup();
}

// The arrow keys go through the list while one types. Whether they did.
bool RecipePanel::move_mark(std::size_t count) {
  const std::size_t before = marked_;
  if (ImGui::IsKeyPressed(ImGui::GetKeyIndex(ImGuiKey_DownArrow))) ++marked_;
  if (ImGui::IsKeyPressed(ImGui::GetKeyIndex(ImGuiKey_UpArrow)) && marked_ > 0) --marked_;
  marked_ = std::min(marked_, count > 0 ? count - 1 : 0);
  return marked_ != before;
}

void RecipePanel::draw_step(const Model& model, const Step& step, std::size_t place,
                            std::size_t enabled_place, Intents& intents) {
  const FilterDescription* filter = model.filter(step.call.filter);
  const std::string name = "step/" + std::to_string(place);
  ImGui::PushID(static_cast<int>(step.id));
  const ImVec2 from = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  auto& list = *ImGui::GetWindowDrawList();
  list.ChannelsSplit(2);
  list.ChannelsSetCurrent(1);
  ImGui::BeginGroup();
  ImGui::Dummy({width, scaled(3)});
  ImGui::Indent(scaled(8));

  // The head: drag it, click it to fold.
  const bool folded = folded_.contains(step.id);
  const float button = ImGui::GetFrameHeight();
  if (sign_button(name + "/switch", step.enabled ? Sign::eye : Sign::eye_off,
                  step.enabled ? "Switch this filter off" : "Switch this filter on")) {
    intents.push_back(Edit{SwitchStep{step.id, !step.enabled}});
  }
  ImGui::SameLine();
  const float head = width - scaled(8) - button * 4 - scaled(8) - ImGui::GetStyle().ItemSpacing.x * 4;
  const bool about = step.enabled && model.preview != nullptr &&
                     std::ranges::count(model.preview->reduced_stats(), enabled_place) > 0;
  const std::string label =
      (filter != nullptr ? label_of(*filter) : step.call.filter) + (about ? "  \u2248" : "");
  ImGui::PushFont(fonts().strong);
  ImGui::PushStyleColor(ImGuiCol_Text, step.enabled ? palette().text : palette().dim);
  ImGui::PushStyleVar(ImGuiStyleVar_SelectableTextAlign, {0, 0.5F});
  if (ImGui::Selectable(label.c_str(), false, 0, {head, button})) {
    if (!folded_.erase(step.id)) folded_.insert(step.id);
  }
  ImGui::PopStyleVar();
  ImGui::PopStyleColor();
  ImGui::PopFont();
  name_item(name + "/head");
  if (filter != nullptr && !ImGui::IsMouseDragging(0)) {
    tooltip(filter->help + (about
                                ? "\n\nShown about: what it learns from the image comes from the reduced one "
                                  "so far. The exact picture follows once nothing changes."
                                : ""));
  }
  if (ImGui::BeginDragDropSource()) {
    ImGui::SetDragDropPayload("step", &step.id, sizeof(step.id));
    ImGui::TextUnformatted(label.c_str());
    ImGui::EndDragDropSource();
  }
  ImGui::SameLine();
  if (sign_button(name + "/reset", Sign::reset, "Reset its values", !step.call.arguments.empty())) {
    intents.push_back(Edit{ResetStep{step.id}});
  }
  ImGui::SameLine();
  if (sign_button(name + "/duplicate", Sign::copy, "Duplicate"))
    intents.push_back(Edit{DuplicateStep{step.id}});
  ImGui::SameLine();
  if (sign_button(name + "/remove", Sign::close, "Remove (undo with Ctrl+Z)")) {
    intents.push_back(Edit{RemoveStep{step.id}});
  }

  if (filter == nullptr && model.filters_known) {
    note("The cluster has no filter of this name. Switch it off, remove it, or install its plugin.",
         palette().bad);
    name_item(name + "/missing");
  } else if (filter != nullptr && !folded) {
    ImGui::BeginDisabled(!step.enabled);
    draw_parameters(*filter, step, intents);
    ImGui::EndDisabled();
  }
  if (filter != nullptr && filter->kind == FilterKind::detector && step.enabled && !folded) {
    note("What it finds is shown at 100 %, and of the whole image once it is converted.");
  }
  if (step.enabled && model.preview != nullptr && !folded) {
    const auto& approximate = model.preview->approximate();
    if (std::ranges::find(approximate, enabled_place) != approximate.end()) {
      note("Approximate at this zoom; exact at 100 %.", palette().warn);
    }
  }
  ImGui::Unindent(scaled(8));
  ImGui::Dummy({width, scaled(3)});
  ImGui::EndGroup();
  list.ChannelsSetCurrent(0);
  const ImVec2 to{from.x + width, ImGui::GetItemRectMax().y};
  list.AddRectFilled(from, to, colour(palette().text, 0.045F), scaled(7));
  list.ChannelsMerge();
  if (ImGui::BeginDragDropTarget()) {
    if (const auto* payload = ImGui::AcceptDragDropPayload("step")) {
      intents.push_back(Edit{MoveStep{*static_cast<const StepId*>(payload->Data), place}});
    }
    ImGui::EndDragDropTarget();
  }
  name_item(name);
  ImGui::PopID();
}

void RecipePanel::draw_parameters(const FilterDescription& filter, const Step& step, Intents& intents) {
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {ImGui::GetStyle().ItemSpacing.x, scaled(5)});
  ImGui::BeginGroup();
  for (const auto& parameter : filter.parameters) {
    const auto given = step.call.arguments.find(parameter.name);
    const Value value = given == step.call.arguments.end() ? initial_value(parameter) : given->second;
    const auto change = draw_parameter(parameter, value, "parameter/" + filter.name + "/" + parameter.name);
    if (change.value) intents.push_back(Edit{SetArgument{step.id, parameter.name, *change.value}});
    if (change.reset) intents.push_back(Edit{ResetArgument{step.id, parameter.name}});
    if (change.released) intents.push_back(EndOfDrag{});
  }
  ImGui::EndGroup();
  ImGui::PopStyleVar();
}

}  // namespace tilework::client
