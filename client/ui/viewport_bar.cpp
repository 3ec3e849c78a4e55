// The bar below the picture: how it is looked at, and the values under the cursor.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include <imgui.h>

#include "client/ui/findings_window.h"
#include "client/ui/theme.h"
#include "client/ui/viewport_panel.h"
#include "client/ui/widget_map.h"
#include "client/ui/widgets.h"

namespace tilework::client {
namespace {

std::string percent(double zoom) {
  char text[32];
  std::snprintf(text, sizeof(text), zoom < 0.1 ? "%.1f %%" : "%.0f %%", zoom * 100);
  return text;
}

}  // namespace

void ViewportPanel::draw_bar(const Model& model, const Picture& picture, Point origin) {
  ImGui::SetCursorPosY(ImGui::GetCursorPosY() + scaled(2));
  const Viewport view = resolved(viewports_[current_], picture, screen_);
  if (ImGui::Button("Fit")) fit();
  name_item("viewport/fit");
  tooltip("Show all of the image (F)");
  ImGui::SameLine();
  if (ImGui::Button("100 %")) {
    has_cursor_ = false;
    zoom_to(1);
  }
  name_item("viewport/full-size");
  tooltip("One pixel of the image for one of the screen: exactly what is exported (1)");
  ImGui::SameLine();
  const bool was_split = split_;
  const bool pressed = was_split ? main_button("Before | After") : ImGui::Button("Before | After");
  if (pressed) split_ = !split_;
  name_item("viewport/compare");
  tooltip("Compare by a split that you drag (C), or hold Space to see the original");
  ImGui::SameLine();
  const auto& conversion = model.view_of(current_)->conversion;
  if (conversion && conversion->has_result()) {
    const bool shows_file = wants_result_file_;
    if (shows_file ? main_button("Converted file") : ImGui::Button("Converted file")) toggle_result_file();
    name_item("viewport/result-file");
    tooltip("Show the converted file itself, as it would be saved, instead of the preview (R)");
    ImGui::SameLine();
  }
  if (const auto findings = findings_of(model)) {
    if (ImGui::Button((std::to_string(findings->size()) + " findings###findings").c_str())) {
      wants_findings_ = true;
    }
    name_item("viewport/findings");
    tooltip("The table of what was found (T). Their boxes are shown or hidden with B.");
    ImGui::SameLine();
  }
  ImGui::AlignTextToFramePadding();
  ImGui::PushStyleColor(ImGuiCol_Text, palette().dim);
  ImGui::TextUnformatted(percent(view.zoom).c_str());
  const std::string values = values_at_cursor(model, view);
  ImGui::SameLine(0, scaled(24));
  const float room = std::max(ImGui::GetContentRegionAvail().x, 0.0F);
  if (ImGui::CalcTextSize(values.c_str()).x <= room) {
    ImGui::TextUnformatted(values.c_str());
  } else {  // over the picture, where there is more room
    const float above = static_cast<float>(screen_.height) - ImGui::GetTextLineHeight() - scaled(10);
    draw_label(*ImGui::GetWindowDrawList(), values.c_str(),
               {static_cast<float>(origin.x) + scaled(14), static_cast<float>(origin.y) + above});
  }
  ImGui::PopStyleColor();
}

// The place under the cursor, and what is there before and after.
std::string ViewportPanel::values_at_cursor(const Model& model, const Viewport& view) const {
  if (!has_cursor_ || model.preview == nullptr) return "";
  const Point pixel = to_image(view, screen_, cursor_);
  const int x = static_cast<int>(std::floor(pixel.x)), y = static_cast<int>(std::floor(pixel.y));
  const std::string before = model.preview->value_at(Side::input, x, y);
  const std::string after = model.preview->value_at(Side::result, x, y);
  if (before.empty() && after.empty()) return "";
  return std::to_string(x) + ", " + std::to_string(y) + "     before  " + before + "     after  " + after;
}

}  // namespace tilework::client
