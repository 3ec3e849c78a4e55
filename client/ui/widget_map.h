// Where named widgets are on the screen, for tests that use the program as a person would. Written to the
// file that $TILEWORK_UI_MAP names, after each frame that moved something; nothing is kept without it. The
// user interface's thread.
#pragma once

#include <string>

namespace tilework::client {

// The item that was drawn last has this name, as "recipe/gaussian-blur/size".
void name_item(const std::string& name);
// The same of a rectangle of the window.
void name_area(const std::string& name, float x, float y, float width, float height);

// Once a frame, after all panels. Where it is `settled`, and no frame follows unless something happens, there
// is an empty area of that name.
void write_widget_map(bool settled);

}  // namespace tilework::client
