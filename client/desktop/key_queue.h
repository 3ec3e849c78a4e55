// Keys as they came, given out to frames so that none is lost: ImGui 1.86 knows just whether a key is down
// when a frame begins, so one that was pressed and let go in between would never have been pressed. What is
// typed keeps its place among them: after Ctrl+A it replaces all, while Ctrl is down it would be lost. The
// main thread.
#pragma once

#include <algorithm>
#include <deque>
#include <vector>

#include <GLFW/glfw3.h>

namespace tilework::client {

class KeyQueue {
 public:
  // As GLFW's key callback gets it, or its character callback.
  struct Event {
    int key = 0;
    int scancode = 0;
    int action = 0;  // GLFW_PRESS, GLFW_REPEAT, GLFW_RELEASE
    int modifiers = 0;
    unsigned character = 0;  // then the others are 0
    bool operator==(const Event&) const = default;
  };

  void add(const Event& event) { events_.push_back(event); }
  bool empty() const { return events_.empty(); }

  // What the next frame may know, in order: no key changes twice, and no Ctrl or Shift after another key was
  // pressed or something was typed, so that these are seen with those with which they were.
  std::vector<Event> take() {
    std::vector<Event> taken;
    while (!events_.empty() && fits(events_.front(), taken)) {
      taken.push_back(events_.front());
      events_.pop_front();
    }
    return taken;
  }

 private:
  static bool is_modifier(int key) { return key >= GLFW_KEY_LEFT_SHIFT && key <= GLFW_KEY_RIGHT_SUPER; }

  static bool fits(const Event& event, const std::vector<Event>& taken) {
    if (event.action == GLFW_REPEAT || event.character != 0) return true;
    return std::ranges::none_of(taken, [&](const Event& before) {
      if (before.character != 0) return is_modifier(event.key);
      if (before.key == event.key) return before.action != GLFW_REPEAT;
      return is_modifier(event.key) && !is_modifier(before.key) && before.action == GLFW_PRESS;
    });
  }

  std::deque<Event> events_;
};

}  // namespace tilework::client
