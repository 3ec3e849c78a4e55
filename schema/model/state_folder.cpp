#include "schema/model/state_folder.h"

#include <cstdlib>

namespace tilework {
namespace {

namespace fs = std::filesystem;

fs::path absolute_variable(const char* name) {
  const char* value = std::getenv(name);
  const fs::path path = value == nullptr ? "" : value;
  return path.is_absolute() ? path : fs::path();
}

}  // namespace

fs::path default_state_folder() {
  if (const auto state = absolute_variable("XDG_STATE_HOME"); !state.empty()) return state / "tilework";
  const auto home = absolute_variable("HOME");
  return home.empty() ? fs::path() : home / ".local/state/tilework";
}

}  // namespace tilework
