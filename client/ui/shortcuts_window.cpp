#include "client/ui/shortcuts_window.h"

#include <imgui.h>

#include "client/ui/theme.h"
#include "client/ui/widgets.h"

namespace tilework::client {
namespace {

struct Shortcut {
  const char* keys;
  const char* what;
};
constexpr Shortcut shortcuts[]{{"Ctrl+O", "Open images"},
                               {"Ctrl+W", "Close the image"},
                               {"Page Up, Page Down", "The image before, the next one"},
                               {"A", "Add a filter"},
                               {"Ctrl+Z", "Undo"},
                               {"Ctrl+Shift+Z, Ctrl+Y", "Redo"},
                               {"Wheel, + and -", "Zoom, about the cursor"},
                               {"Drag", "Move the image"},
                               {"Double-click", "100 % there, and back"},
                               {"F", "Fit the image"},
                               {"1", "100 %"},
                               {"C", "Compare before and after by a split"},
                               {"R", "The converted file instead of the preview"},
                               {"T, B", "The table of findings; their boxes"},
                               {"Space (hold)", "Show the original"},
                               {"Ctrl+Enter", "Convert"},
                               {"Ctrl+S", "Save the result"},
                               {"Ctrl+K", "The cluster"},
                               {"Ctrl+T", "Light or dark"},
                               {"F1", "This list"},
                               {"Ctrl+Q", "Quit"}};

}  // namespace

void ShortcutsWindow::draw() {
  if (!open_) return;
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({screen.x / 2, screen.y / 2}, ImGuiCond_Appearing, {0.5F, 0.5F});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, scaled(8));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 1);
  if (ImGui::Begin("Shortcuts", &open_, ImGuiWindowFlags_NoCollapse | ImGuiWindowFlags_AlwaysAutoResize)) {
    if (ImGui::BeginTable("shortcuts", 2)) {
      for (const auto& shortcut : shortcuts) {
        ImGui::TableNextRow();
        ImGui::TableNextColumn();
        ImGui::TextColored(palette().accent, "%s", shortcut.keys);
        ImGui::TableNextColumn();
        ImGui::TextUnformatted(shortcut.what);
      }
      ImGui::EndTable();
    }
  }
  ImGui::End();
  ImGui::PopStyleVar(2);
}

}  // namespace tilework::client
