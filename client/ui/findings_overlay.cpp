#include "client/ui/findings_overlay.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "client/ui/theme.h"
#include "client/ui/widgets.h"

namespace tilework::client {
namespace {

constexpr double least_for_label = 24;  // pixels of the screen that a box is wide
constexpr double least_to_see = 16, most_to_see = 0.25;

}  // namespace

void draw_findings(ImDrawList& list, const std::vector<Finding>& findings, const Viewport& view,
                   Screen screen, Point origin, std::optional<std::size_t> marked) {
  std::size_t drawn = 0, seen = 0;
  // A light line in a dark one is seen on every picture.
  const auto draw_box = [&](const Finding& finding, bool is_marked) {
    const Region& box = finding.box;
    const Point first = to_screen(view, screen, {static_cast<double>(box.x), static_cast<double>(box.y)});
    const Point last = to_screen(
        view, screen, {static_cast<double>(box.x) + box.width, static_cast<double>(box.y) + box.height});
    if (last.x < 0 || last.y < 0 || first.x > screen.width || first.y > screen.height) return;
    if (++seen > most_boxes && !is_marked) return;
    ++drawn;
    const ImVec2 from{static_cast<float>(std::floor(origin.x + first.x)) - 1,
                      static_cast<float>(std::floor(origin.y + first.y)) - 1};
    const ImVec2 to{static_cast<float>(std::ceil(origin.x + last.x)) + 1,
                    static_cast<float>(std::ceil(origin.y + last.y)) + 1};
    const ImU32 ink = is_marked ? colour(palette().accent) : IM_COL32(255, 236, 120, 255);
    list.AddRect({from.x - 1, from.y - 1}, {to.x + 1, to.y + 1}, IM_COL32(0, 0, 0, 150));
    list.AddRect(from, to, ink, 0, 0, is_marked ? scaled(2) : 1);
    if (finding.label.empty() || (last.x - first.x < least_for_label && !is_marked)) return;
    const ImVec2 text{from.x + 1, from.y - ImGui::GetFontSize() - 1};
    list.AddText({text.x + 1, text.y + 1}, IM_COL32(0, 0, 0, 200), finding.label.c_str());
    list.AddText(text, ink, finding.label.c_str());
  };
  for (std::size_t i = 0; i < findings.size(); ++i) {
    if (i != marked) draw_box(findings[i], false);
  }
  if (marked && *marked < findings.size()) draw_box(findings[*marked], true);
  if (seen <= drawn) return;
  const std::string text = std::to_string(drawn) + " of " + std::to_string(seen) +
                           " findings on screen have boxes; zoom in for the others";
  draw_label(list, text.c_str(),
             {static_cast<float>(origin.x) + scaled(12), static_cast<float>(origin.y) + scaled(40)});
}

std::optional<std::size_t> finding_at(const std::vector<Finding>& findings, Point at, double reach) {
  std::optional<std::size_t> found;
  const auto area = [&](std::size_t i) {
    return static_cast<double>(findings[i].box.width) * findings[i].box.height;
  };
  for (std::size_t i = 0; i < findings.size(); ++i) {
    const Region& box = findings[i].box;
    const bool is_inside = at.x >= box.x - reach && at.x < box.x + box.width + reach &&
                           at.y >= box.y - reach && at.y < box.y + box.height + reach;
    if (is_inside && (!found || area(i) < area(*found))) found = i;
  }
  return found;
}

Viewport viewport_on(const Region& box, const Viewport& now, Screen screen) {
  const double side = std::max({box.width, box.height, 1});
  const double most = std::min(screen.width, screen.height) * most_to_see / side;
  double zoom = now.zoom;
  if (side * zoom < least_to_see) zoom = std::min(most_zoom, least_to_see / side);
  if (zoom > most) zoom = most;
  return {false, zoom, {box.x + box.width / 2.0, box.y + box.height / 2.0}};
}

}  // namespace tilework::client
