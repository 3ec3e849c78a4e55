// A screen in memory with a hand and a keyboard: Xvfb, and xdotool on it. One thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "tests/integration/process.h"

namespace tilework::test {

class Screen {
 public:
  // Why there can't be one here; empty if there can.
  static std::string missing();

  // Keeps its files below `folder`. Throws std::runtime_error when it doesn't start.
  Screen(const std::filesystem::path& folder, cv::Size size);

  // As $DISPLAY has it.
  const std::string& name() const { return name_; }
  cv::Size size() const { return size_; }

  // What is on it: 8 bits, blue, green, red.
  cv::Mat picture() const;

  // The hand. Positions are pixels of the screen.
  void move(cv::Point to);
  void click(cv::Point at);
  // Presses, moves in small steps so that each is seen, and lets go.
  void drag(cv::Point from, cv::Point to);
  void press(cv::Point at);
  void let_go();
  // Positive is away from the user.
  void wheel(cv::Point at, int notches);

  // The one window of that title.
  void put_window(const std::string& title, cv::Rect place);
  cv::Rect place_of_window(const std::string& title) const;

  // The keyboard, for the window that the hand is on.
  void type(const std::string& text);
  void key(const std::string& keys);  // "ctrl+z"
  void key_down(const std::string& key);
  void key_up(const std::string& key);

 private:
  // Its output.
  std::string xdotool(std::vector<std::string> words) const;

  std::filesystem::path folder_;
  cv::Size size_;
  std::string name_;
  Process server_;
};

}  // namespace tilework::test
