// How everything looks: colours, spacing and type. The user interface's thread.
#pragma once

#include <imgui.h>

namespace tilework::client {

struct Fonts {
  ImFont* text = nullptr;
  ImFont* strong = nullptr;  // headings and names
  ImFont* small = nullptr;   // notes, units
};

// Loads the fonts for a screen with `scale` pixels for each unit, and sets ImGui's style.
void load_fonts(float scale);
const Fonts& fonts();
void set_theme(bool dark, float scale);

// Colours with a meaning, of the present theme.
struct Palette {
  ImVec4 accent, on_accent, text, dim, panel, canvas, good, bad, warn, outline;
};
const Palette& palette();
ImU32 colour(const ImVec4& of, float alpha = 1);

// Lengths in the design are for a scale of 1.
float scaled(float length);

}  // namespace tilework::client
