// Shows a text again and again: redrawn in place on a terminal, one after the other elsewhere.
#pragma once

#include <string>
#include <string_view>

namespace tilework::admin {

// What a terminal of that size can show of a text: lines are cut at the right, and the last one tells how
// many don't fit. Pure.
std::string fitting(std::string_view text, std::size_t columns, std::size_t rows);

class Screen {
 public:
  // On standard output. `in_place` says whether to redraw, where that is a terminal.
  explicit Screen(bool in_place);

  void show(const std::string& text);

 private:
  bool in_place_;
  bool shown_ = false;
};

}  // namespace tilework::admin
