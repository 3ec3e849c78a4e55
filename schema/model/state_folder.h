// Where programs of this user keep what must outlive them. Any thread, while nobody changes the environment.
#pragma once

#include <filesystem>

namespace tilework {

// A master's folder unless it is told another: $XDG_STATE_HOME/tilework, else $HOME/.local/state/tilework.
// Empty when neither variable names an absolute path, as the XDG base directory specification wants it.
std::filesystem::path default_state_folder();

}  // namespace tilework
