#include "client/ui/widgets.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>

#include "client/ui/theme.h"
#include "client/ui/widget_map.h"

namespace tilework::client {
namespace {

std::string formatted(const char* format, double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

// A text as part of a format: units are strangers' texts.
std::string literal(const std::string& text) {
  std::string format;
  for (const char c : text) format += c == '%' ? "%%" : std::string(1, c);
  return format;
}

}  // namespace

void note(const std::string& text) {
  note(text, palette().dim);
}

void note(const std::string& text, const ImVec4& colour) {
  ImGui::PushFont(fonts().small);
  ImGui::PushStyleColor(ImGuiCol_Text, colour);
  ImGui::PushTextWrapPos(0);
  ImGui::TextUnformatted(text.c_str());
  ImGui::PopTextWrapPos();
  ImGui::PopStyleColor();
  ImGui::PopFont();
}

void heading(const std::string& text) {
  ImGui::PushFont(fonts().strong);
  ImGui::TextUnformatted(text.c_str());
  ImGui::PopFont();
}

void tooltip(const std::string& text) {
  if (text.empty() || !ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled)) return;
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {scaled(10), scaled(7)});
  ImGui::BeginTooltip();
  ImGui::PushTextWrapPos(scaled(320));
  ImGui::TextUnformatted(text.c_str());
  ImGui::PopTextWrapPos();
  ImGui::EndTooltip();
  ImGui::PopStyleVar();
}

void draw_sign(ImDrawList& list, Sign sign, ImVec2 c, float s, ImU32 ink) {
  const float r = s / 2, t = std::max(1.0F, s / 9);
  const auto line = [&](float x1, float y1, float x2, float y2) {
    list.AddLine({c.x + x1 * r, c.y + y1 * r}, {c.x + x2 * r, c.y + y2 * r}, ink, t);
  };
  const auto turn = [&](float side) {  // an arrow that turns back
    list.PathArcTo(c, r * 0.75F, side > 0 ? -2.6F : -0.54F, side > 0 ? 2.0F : -5.14F, 18);
    list.PathStroke(ink, 0, t);
    line(-0.65F * side, -0.95F, -0.65F * side, -0.35F);
    line(-0.65F * side, -0.35F, -0.05F * side, -0.35F);
  };
  switch (sign) {
    case Sign::add:
      line(-0.8F, 0, 0.8F, 0);
      line(0, -0.8F, 0, 0.8F);
      break;
    case Sign::close:
      line(-0.6F, -0.6F, 0.6F, 0.6F);
      line(-0.6F, 0.6F, 0.6F, -0.6F);
      break;
    case Sign::copy:
      list.AddRect({c.x - r * 0.75F, c.y - r * 0.75F}, {c.x + r * 0.3F, c.y + r * 0.3F}, ink, t, 0, t);
      list.AddRect({c.x - r * 0.3F, c.y - r * 0.3F}, {c.x + r * 0.75F, c.y + r * 0.75F}, ink, t, 0, t);
      break;
    case Sign::up:
    case Sign::down: {
      const float d = sign == Sign::up ? 1.0F : -1.0F;
      line(-0.6F, 0.3F * d, 0, -0.3F * d);
      line(0, -0.3F * d, 0.6F, 0.3F * d);
      break;
    }
    case Sign::undo:
      turn(1);
      break;
    case Sign::redo:
      turn(-1);
      break;
    case Sign::reset:
      list.AddCircle(c, r * 0.7F, ink, 20, t);
      list.AddCircleFilled(c, r * 0.25F, ink, 12);
      break;
    case Sign::menu:
      for (const float y : {-0.5F, 0.0F, 0.5F}) line(-0.7F, y, 0.7F, y);
      break;
    case Sign::eye:
    case Sign::eye_off:
      list.PathArcTo({c.x, c.y + r * 0.55F}, r * 1.05F, -2.5F, -0.64F, 14);
      list.PathStroke(ink, 0, t);
      list.PathArcTo({c.x, c.y - r * 0.55F}, r * 1.05F, 0.64F, 2.5F, 14);
      list.PathStroke(ink, 0, t);
      if (sign == Sign::eye) {
        list.AddCircleFilled(c, r * 0.3F, ink, 12);
      } else {
        line(-0.7F, 0.7F, 0.7F, -0.7F);
      }
      break;
    case Sign::check:
      line(-0.65F, 0, -0.15F, 0.5F);
      line(-0.15F, 0.5F, 0.7F, -0.5F);
      break;
    case Sign::folder:
      list.AddRect({c.x - r * 0.85F, c.y - r * 0.4F}, {c.x + r * 0.85F, c.y + r * 0.7F}, ink, t, 0, t);
      line(-0.85F, -0.4F, -0.7F, -0.7F);
      line(-0.7F, -0.7F, -0.1F, -0.7F);
      line(-0.1F, -0.7F, 0.1F, -0.4F);
      break;
    case Sign::warning:
      list.AddTriangle({c.x, c.y - r * 0.8F}, {c.x + r * 0.85F, c.y + r * 0.7F},
                       {c.x - r * 0.85F, c.y + r * 0.7F}, ink, t);
      line(0, -0.25F, 0, 0.25F);
      line(0, 0.4F, 0, 0.52F);
      break;
  }
}

void draw_label(ImDrawList& list, const char* text, ImVec2 from) {
  const ImVec2 size = ImGui::CalcTextSize(text);
  list.AddRectFilled({from.x - scaled(7), from.y - scaled(3)},
                     {from.x + size.x + scaled(7), from.y + size.y + scaled(3)}, IM_COL32(0, 0, 0, 130),
                     scaled(5));
  list.AddText(from, IM_COL32(255, 255, 255, 235), text);
}

bool sign_button(const std::string& id, Sign sign, const std::string& hint, bool enabled) {
  const float side = ImGui::GetFrameHeight();
  ImGui::PushID(id.c_str());
  ImGui::BeginDisabled(!enabled);
  const bool pressed = ImGui::InvisibleButton("##sign", {side, side});
  const bool hovered = ImGui::IsItemHovered();
  ImGui::EndDisabled();
  name_item(id);
  const ImVec2 from = ImGui::GetItemRectMin();
  auto& list = *ImGui::GetWindowDrawList();
  if (hovered && enabled) {
    list.AddRectFilled(from, ImGui::GetItemRectMax(), ImGui::GetColorU32(ImGuiCol_ButtonHovered),
                       ImGui::GetStyle().FrameRounding);
  }
  draw_sign(list, sign, {from.x + side / 2, from.y + side / 2}, side * 0.5F,
            colour(palette().text, enabled ? 0.9F : 0.3F));
  tooltip(hint);
  ImGui::PopID();
  return pressed;
}

void close_by_escape() {
  if (ImGui::IsKeyPressed(ImGui::GetKeyIndex(ImGuiKey_Escape))) ImGui::CloseCurrentPopup();
}

bool main_button(const char* label, ImVec2 size) {
  const ImVec4 accent = palette().accent;
  ImGui::PushStyleColor(ImGuiCol_Button, accent);
  ImGui::PushStyleColor(ImGuiCol_ButtonHovered, ImVec4(accent.x * 1.1F, accent.y * 1.1F, accent.z * 1.1F, 1));
  ImGui::PushStyleColor(ImGuiCol_ButtonActive,
                        ImVec4(accent.x * 0.85F, accent.y * 0.85F, accent.z * 0.85F, 1));
  ImGui::PushStyleColor(ImGuiCol_Text, palette().on_accent);
  const bool pressed = ImGui::Button(label, size);
  ImGui::PopStyleColor(4);
  return pressed;
}

bool checkbox(const char* label, bool* value) {
  ImGui::PushStyleVar(ImGuiStyleVar_FrameBorderSize, std::max(1.0F, scaled(1)));
  ImGui::PushStyleColor(ImGuiCol_Border, colour(palette().text, 0.25F));
  const bool changed = ImGui::Checkbox(label, value);
  ImGui::PopStyleColor();
  ImGui::PopStyleVar();
  return changed;
}

bool slider(const char* id, double* value, double low, double high, const SliderText& text) {
  std::string format = text.name.empty() ? "" : literal(text.name) + ' ';
  format += "%." + std::to_string(text.decimals) + 'f';
  if (!text.unit.empty()) format += ' ' + literal(text.unit);
  const ImVec2 from = ImGui::GetCursorScreenPos();
  const ImVec2 to{from.x + ImGui::CalcItemWidth(), from.y + ImGui::GetFrameHeight()};
  const double part = high > low ? std::clamp((*value - low) / (high - low), 0.0, 1.0) : 0;
  const bool hovered = ImGui::IsWindowHovered(ImGuiHoveredFlags_AllowWhenBlockedByActiveItem) &&
                       ImGui::IsMouseHoveringRect(from, to);
  const float rounding = ImGui::GetStyle().FrameRounding;
  const ImVec4& accent = palette().accent;
  auto& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(from, to, ImGui::GetColorU32(hovered ? ImGuiCol_FrameBgHovered : ImGuiCol_FrameBg),
                     rounding);
  const float end = std::round(from.x + (to.x - from.x) * static_cast<float>(part));
  if (end > from.x + scaled(2)) {
    list.AddRectFilled(from, {end, to.y}, ImGui::GetColorU32({accent.x, accent.y, accent.z, 0.38F}), rounding,
                       end < to.x - rounding ? ImDrawFlags_RoundCornersLeft : ImDrawFlags_RoundCornersAll);
  }
  const float edge = std::clamp(end, from.x + scaled(2), to.x - scaled(2));
  list.AddRectFilled({edge - scaled(2), from.y}, {edge + scaled(2), to.y}, ImGui::GetColorU32(accent),
                     scaled(2));
  for (const auto part_of_style : {ImGuiCol_FrameBg, ImGuiCol_FrameBgHovered, ImGuiCol_FrameBgActive,
                                   ImGuiCol_SliderGrab, ImGuiCol_SliderGrabActive}) {
    ImGui::PushStyleColor(part_of_style, ImVec4(0, 0, 0, 0));
  }
  ImGui::PushStyleVar(ImGuiStyleVar_GrabMinSize, 1);  // the ends of the bar are those of the range
  const bool changed = ImGui::SliderScalar(id, ImGuiDataType_Double, value, &low, &high, format.c_str());
  ImGui::PopStyleVar();
  ImGui::PopStyleColor(5);
  return changed;
}

std::string lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string bytes_text(std::uint64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (value >= 1e9) return formatted("%.2f GB", value * 1e-9);
  if (value >= 1e6) return formatted("%.1f MB", value * 1e-6);
  if (value >= 1e3) return formatted("%.0f kB", value * 1e-3);
  return formatted("%.0f B", value);
}

std::string seconds_text(double seconds) {
  if (seconds < 10) return formatted("%.1f s", seconds);
  if (seconds < 60) return formatted("%.0f s", seconds);
  if (seconds < 3600) {
    return formatted("%.0f min ", std::floor(seconds / 60)) + formatted("%.0f s", std::fmod(seconds, 60));
  }
  return formatted("%.0f h ", std::floor(seconds / 3600)) +
         formatted("%.0f min", std::floor(std::fmod(seconds, 3600) / 60));
}

}  // namespace tilework::client
