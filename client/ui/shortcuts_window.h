// The list of shortcuts.
#pragma once

namespace tilework::client {

class ShortcutsWindow {
 public:
  void draw();
  void toggle() { open_ = !open_; }

 private:
  bool open_ = false;
};

}  // namespace tilework::client
