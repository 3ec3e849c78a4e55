// Small things that several panels draw. The user interface's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <imgui.h>

#include "schema/model/recipe.h"

namespace tilework::client {

// Text in the font and colour for notes; it wraps at the window's edge.
void note(const std::string& text);
void note(const std::string& text, const ImVec4& colour);
void heading(const std::string& text);

// Shown when the item before is hovered for a moment.
void tooltip(const std::string& text);

// A button with a drawn sign. The name is for tooltips and the widget map.
enum class Sign { add, close, copy, up, down, undo, redo, menu, eye, eye_off, check, reset, folder, warning };
void draw_sign(ImDrawList& list, Sign sign, ImVec2 centre, float size, ImU32 colour);
bool sign_button(const std::string& id, Sign sign, const std::string& hint, bool enabled = true);

// A line of text over a picture, from its upper left corner on.
void draw_label(ImDrawList& list, const char* text, ImVec2 from);

// Within a popup: Escape closes it, also while something is typed there.
void close_by_escape();

// A button in the accent's colour.
bool main_button(const char* label, ImVec2 size = {0, 0});

// With an outline, so that an empty one is seen.
bool checkbox(const char* label, bool* value);

// A bar that is filled up to the value, as wide as the next item; Ctrl-click types a value, which may lie
// outside of it. `name` stands before the number, and `unit` behind it. Whether the value was changed.
struct SliderText {
  int decimals = 0;
  std::string name = {};
  std::string unit = {};
};
bool slider(const char* id, double* value, double low, double high, const SliderText& text);

// For searching and sorting; letters beyond ASCII stay.
std::string lower_case(std::string text);

// "1.2 MB", "3 s", "1 min 20 s".
std::string bytes_text(std::uint64_t bytes);
std::string seconds_text(double seconds);

// What a user did to a parameter's widget in this frame.
struct ParameterChange {
  std::optional<Value> value = {};
  bool reset = false;     // double-clicked
  bool released = false;  // the drag or the typing ended
};
// A row with the parameter's label, its control and its unit. `value` is the present one. `name` is for the
// widget map.
ParameterChange draw_parameter(const ParameterDescription& parameter, const Value& value,
                               const std::string& name);

// The value that a parameter has without an argument.
Value initial_value(const ParameterDescription& parameter);

}  // namespace tilework::client
