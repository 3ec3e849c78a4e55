#include "client/ui/theme.h"

#include <cmath>

// Embedded by fonts.S.
extern "C" {
extern const unsigned char tilework_font_regular[], tilework_font_regular_end[];
extern const unsigned char tilework_font_strong[], tilework_font_strong_end[];
}

namespace tilework::client {
namespace {

Fonts loaded;
Palette present;
float present_scale = 1;

ImVec4 rgb(unsigned hex, float alpha = 1) {
  return {static_cast<float>(hex >> 16 & 255) / 255, static_cast<float>(hex >> 8 & 255) / 255,
          static_cast<float>(hex & 255) / 255, alpha};
}

ImVec4 mixed(const ImVec4& a, const ImVec4& b, float t) {
  return {a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t, a.z + (b.z - a.z) * t, a.w + (b.w - a.w) * t};
}

ImFont* add_font(const unsigned char* begin, const unsigned char* end, float pixels) {
  static const ImWchar ranges[] = {0x20,   0x17F,  0x370,  0x3FF,  0x400,  0x4FF,  0x2010,
                                   0x2027, 0x2190, 0x2193, 0x2212, 0x2212, 0x2248, 0x2248,
                                   0x2713, 0x2717, 0x00D7, 0x00D7, 0};
  ImFontConfig config;
  config.FontDataOwnedByAtlas = false;
  config.OversampleH = 2;
  config.OversampleV = 1;
  return ImGui::GetIO().Fonts->AddFontFromMemoryTTF(const_cast<unsigned char*>(begin),
                                                    static_cast<int>(end - begin), pixels, &config, ranges);
}

}  // namespace

void load_fonts(float scale) {
  ImGui::GetIO().Fonts->Clear();
  loaded.text = add_font(tilework_font_regular, tilework_font_regular_end, std::round(16 * scale));
  loaded.strong = add_font(tilework_font_strong, tilework_font_strong_end, std::round(16 * scale));
  loaded.small = add_font(tilework_font_regular, tilework_font_regular_end, std::round(13.5F * scale));
}

const Fonts& fonts() {
  return loaded;
}

const Palette& palette() {
  return present;
}

ImU32 colour(const ImVec4& of, float alpha) {
  return ImGui::ColorConvertFloat4ToU32({of.x, of.y, of.z, of.w * alpha});
}

float scaled(float length) {
  return std::round(length * present_scale);
}

void set_theme(bool dark, float scale) {
  present_scale = scale;
  Palette p;
  p.accent = dark ? rgb(0x5AA9F0) : rgb(0x1F6FC4);
  p.on_accent = dark ? rgb(0x0B1B2B) : rgb(0xFFFFFF);
  p.text = dark ? rgb(0xE4E6EA) : rgb(0x23262B);
  p.dim = dark ? rgb(0x9097A3) : rgb(0x646B76);
  p.panel = dark ? rgb(0x202328) : rgb(0xF4F5F7);
  p.canvas = dark ? rgb(0x16181B) : rgb(0xD9DCE1);
  p.good = dark ? rgb(0x63C58A) : rgb(0x1E8449);
  p.bad = dark ? rgb(0xF07A72) : rgb(0xC0392B);
  p.warn = dark ? rgb(0xE8B75A) : rgb(0xA86A00);
  p.outline = dark ? rgb(0x34383F) : rgb(0xC9CDD4);
  present = p;

  ImGuiStyle style;
  if (dark) {
    ImGui::StyleColorsDark(&style);
  } else {
    ImGui::StyleColorsLight(&style);
  }
  style.WindowPadding = {12, 12};
  style.FramePadding = {9, 5};
  style.ItemSpacing = {8, 7};
  style.ItemInnerSpacing = {7, 5};
  style.WindowRounding = 0;
  style.ChildRounding = 7;
  style.FrameRounding = 5;
  style.PopupRounding = 7;
  style.GrabRounding = 5;
  style.ScrollbarRounding = 6;
  style.ScrollbarSize = 11;
  style.GrabMinSize = 12;
  style.WindowBorderSize = 0;
  style.ChildBorderSize = 0;
  style.PopupBorderSize = 1;
  style.FrameBorderSize = 0;
  style.TabRounding = 5;
  style.ScaleAllSizes(scale);

  const ImVec4 field = dark ? rgb(0x2D3138) : rgb(0xFFFFFF);
  const ImVec4 raised = dark ? rgb(0x343941) : rgb(0xE3E6EB);
  auto* colours = style.Colors;
  colours[ImGuiCol_Text] = p.text;
  colours[ImGuiCol_TextDisabled] = p.dim;
  colours[ImGuiCol_WindowBg] = p.panel;
  colours[ImGuiCol_ChildBg] = {0, 0, 0, 0};
  colours[ImGuiCol_PopupBg] = dark ? rgb(0x282C32) : rgb(0xFFFFFF);
  colours[ImGuiCol_Border] = p.outline;
  colours[ImGuiCol_FrameBg] = field;
  colours[ImGuiCol_FrameBgHovered] = mixed(field, p.accent, 0.15F);
  colours[ImGuiCol_FrameBgActive] = mixed(field, p.accent, 0.25F);
  colours[ImGuiCol_Button] = raised;
  colours[ImGuiCol_ButtonHovered] = mixed(raised, p.accent, 0.30F);
  colours[ImGuiCol_ButtonActive] = mixed(raised, p.accent, 0.50F);
  colours[ImGuiCol_Header] = mixed(p.panel, p.accent, 0.22F);
  colours[ImGuiCol_HeaderHovered] = mixed(p.panel, p.accent, 0.32F);
  colours[ImGuiCol_HeaderActive] = mixed(p.panel, p.accent, 0.42F);
  colours[ImGuiCol_SliderGrab] = p.accent;
  colours[ImGuiCol_SliderGrabActive] = mixed(p.accent, p.text, 0.25F);
  colours[ImGuiCol_CheckMark] = p.accent;
  colours[ImGuiCol_Separator] = p.outline;
  colours[ImGuiCol_ScrollbarBg] = {0, 0, 0, 0};
  colours[ImGuiCol_ScrollbarGrab] = raised;
  colours[ImGuiCol_ScrollbarGrabHovered] = mixed(raised, p.accent, 0.3F);
  colours[ImGuiCol_ScrollbarGrabActive] = p.accent;
  colours[ImGuiCol_TitleBg] = raised;
  colours[ImGuiCol_TitleBgActive] = raised;
  colours[ImGuiCol_TitleBgCollapsed] = raised;
  colours[ImGuiCol_ResizeGrip] = raised;
  colours[ImGuiCol_Tab] = p.panel;
  colours[ImGuiCol_TabHovered] = mixed(p.panel, p.accent, 0.35F);
  colours[ImGuiCol_TabActive] = mixed(p.panel, p.accent, 0.25F);
  colours[ImGuiCol_PlotHistogram] = p.accent;
  colours[ImGuiCol_TextSelectedBg] = mixed(p.panel, p.accent, 0.4F);
  colours[ImGuiCol_ModalWindowDimBg] = {0, 0, 0, 0.45F};
  colours[ImGuiCol_DragDropTarget] = p.accent;
  colours[ImGuiCol_NavHighlight] = p.accent;
  colours[ImGuiCol_TableHeaderBg] = raised;
  colours[ImGuiCol_TableRowBgAlt] = {p.text.x, p.text.y, p.text.z, 0.03F};
  colours[ImGuiCol_TableBorderLight] = p.outline;
  colours[ImGuiCol_TableBorderStrong] = p.outline;
  ImGui::GetStyle() = style;
}

}  // namespace tilework::client
