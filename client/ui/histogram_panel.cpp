#include "client/ui/histogram_panel.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <imgui.h>

#include "client/ui/theme.h"
#include "client/ui/widget_map.h"
#include "client/ui/widgets.h"

namespace tilework::client {
namespace {

// Filled for the result, a line for the input.
void draw_curves(const Histogram& histogram, bool filled, bool logarithmic, ImVec2 from, ImVec2 size) {
  static constexpr std::array<ImU32, 3> inks{IM_COL32(232, 84, 76, 255), IM_COL32(86, 190, 100, 255),
                                             IM_COL32(80, 140, 240, 255)};
  auto& list = *ImGui::GetWindowDrawList();
  // A single value, as a black border, doesn't flatten the rest.
  std::vector<std::uint32_t> all;
  const int channels = histogram.is_gray ? 1 : 3;
  for (int channel = 0; channel < channels; ++channel) {
    const auto& counts = histogram.counts[static_cast<std::size_t>(channel)];
    all.insert(all.end(), counts.begin(), counts.end());
  }
  const auto high = all.begin() + static_cast<std::ptrdiff_t>(all.size() * 98 / 100);
  std::nth_element(all.begin(), high, all.end());
  const auto scale = [&](double count) { return logarithmic ? std::log1p(count) : count; };
  const double top = std::max(scale(*high), 1.0);
  for (int channel = 0; channel < channels; ++channel) {
    const ImU32 ink = histogram.is_gray ? colour(palette().text) : inks[static_cast<std::size_t>(channel)];
    std::array<ImVec2, 256> points;
    for (std::size_t i = 0; i < 256; ++i) {
      const double height =
          std::min(1.0, scale(histogram.counts[static_cast<std::size_t>(channel)][i]) / top);
      points[i] = {from.x + size.x * static_cast<float>(i) / 255,
                   from.y + size.y * (1 - static_cast<float>(height))};
    }
    if (filled) {
      const ImU32 fill = (ink & ~IM_COL32_A_MASK) | (70U << IM_COL32_A_SHIFT);
      for (std::size_t i = 0; i + 1 < 256; ++i) {
        list.AddQuadFilled(points[i], points[i + 1], {points[i + 1].x, from.y + size.y},
                           {points[i].x, from.y + size.y}, fill);
      }
    }
    const ImU32 line = filled ? ink : (ink & ~IM_COL32_A_MASK) | (120U << IM_COL32_A_SHIFT);
    list.AddPolyline(points.data(), 256, line, 0, filled ? 1.2F : 1.0F);
  }
}

}  // namespace

void HistogramPanel::draw(const Model& model) {
  ImGui::AlignTextToFramePadding();
  heading("Histogram");
  ImGui::SameLine(ImGui::GetContentRegionMax().x - scaled(62));
  ImGui::PushFont(fonts().small);
  checkbox("Log", &logarithmic_);
  ImGui::PopFont();
  name_item("histogram/log");
  tooltip(
      "Counts by their logarithm, so that rare values show. The line is the original, the filled curve the "
      "result; both are counted on the whole image at a reduced size.");
  const ImVec2 from = ImGui::GetCursorScreenPos();
  const ImVec2 size{ImGui::GetContentRegionAvail().x, scaled(92)};
  ImGui::Dummy(size);
  name_item("histogram");
  auto& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(from, {from.x + size.x, from.y + size.y}, colour(palette().canvas), scaled(5));
  if (model.preview == nullptr) return;
  const ImVec2 inner{from.x + scaled(4), from.y + scaled(6)};
  const ImVec2 space{size.x - scaled(8), size.y - scaled(8)};
  if (const auto* result = model.preview->histogram(Side::result)) {
    draw_curves(*result, true, logarithmic_, inner, space);
  }
  if (const auto* input = model.preview->histogram(Side::input)) {
    draw_curves(*input, false, logarithmic_, inner, space);
  }
}

}  // namespace tilework::client
