#include "client/ui/widget_map.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>

#include <imgui.h>
#include <nlohmann/json.hpp>

#include "client/document/preset.h"

namespace tilework::client {
namespace {

using Areas = std::map<std::string, std::array<int, 4>>;  // x, y, width, height

const std::string& file() {
  static const std::string name = [] {
    const char* value = std::getenv("TILEWORK_UI_MAP");
    return std::string(value == nullptr ? "" : value);
  }();
  return name;
}

Areas drawn, written;

}  // namespace

void name_item(const std::string& name) {
  if (file().empty() || !ImGui::IsItemVisible()) return;
  const ImVec2 from = ImGui::GetItemRectMin(), size = ImGui::GetItemRectSize();
  name_area(name, from.x, from.y, size.x, size.y);
}

void name_area(const std::string& name, float x, float y, float width, float height) {
  if (file().empty()) return;
  drawn[name] = {static_cast<int>(x), static_cast<int>(y), static_cast<int>(width), static_cast<int>(height)};
}

void write_widget_map(bool settled) {
  if (file().empty()) return;
  if (settled) name_area("settled", 0, 0, 0, 0);
  if (drawn != written) write_file(file(), nlohmann::json(drawn).dump());
  written = std::move(drawn);
  drawn.clear();
}

}  // namespace tilework::client
