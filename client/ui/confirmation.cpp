#include "client/ui/confirmation.h"

#include <utility>

#include <imgui.h>

#include "client/ui/theme.h"
#include "client/ui/widget_map.h"
#include "client/ui/widgets.h"

namespace tilework::client {

void Confirmation::ask(Question question) {
  question_ = std::move(question);
  opens_ = true;
}

void Confirmation::draw() {
  const std::string title = question_.title + "###confirmation";
  if (std::exchange(opens_, false)) ImGui::OpenPopup(title.c_str());
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({screen.x / 2, screen.y / 2}, ImGuiCond_Always, {0.5F, 0.5F});
  if (!ImGui::BeginPopupModal(title.c_str(), nullptr,
                              ImGuiWindowFlags_AlwaysAutoResize | ImGuiWindowFlags_NoMove)) {
    return;
  }
  close_by_escape();
  ImGui::TextUnformatted(question_.text.c_str());
  ImGui::Spacing();
  if (main_button(question_.no.c_str(), {scaled(140), 0})) ImGui::CloseCurrentPopup();
  name_item("confirmation/no");
  ImGui::SameLine();
  const bool agrees = ImGui::Button(question_.yes.c_str(), {scaled(140), 0});
  name_item("confirmation/yes");
  if (agrees) ImGui::CloseCurrentPopup();
  ImGui::EndPopup();
  if (agrees && question_.agreed) question_.agreed();
}

}  // namespace tilework::client
