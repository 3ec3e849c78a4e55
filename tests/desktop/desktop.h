// tilework-desktop as a user has it: on a screen, worked by hand. Widgets are found by their names in the map
// that the program writes for tests. One thread.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "tests/desktop/screen.h"
#include "tests/integration/process.h"

namespace tilework::test {

class Desktop {
 public:
  // Starts it, and returns when it has drawn its first frame. Its settings are below `home`, its log beside
  // it, and pictures of the screen go into `pictures`. Throws std::runtime_error, as all members do.
  Desktop(Screen& screen, const std::filesystem::path& home, const std::filesystem::path& pictures,
          const std::vector<std::string>& arguments);

  Screen& screen() { return screen_; }
  void signal(int number) const { process_.signal(number); }

  // Where the widget is on the screen now, if it can be seen.
  std::optional<cv::Rect> find(const std::string& name) const;
  bool shows(const std::string& name) const { return find(name).has_value(); }

  // These wait for the widget, and until it stands still.
  cv::Rect area(const std::string& name) const;
  cv::Point middle(const std::string& name) const;
  void click(const std::string& name);
  void wait_until_gone(const std::string& name) const;

  // Quits by key, with the hand on the window, and waits for the end as wait() does; the exit code.
  int quit();
  int wait_for_end();

  // Keeps what is on the screen as NAME.png.
  void keep_picture(const std::string& name) const;
  // The part of the screen that a widget covers.
  cv::Mat picture_of(const std::string& name) const;

  // Waits for something on the screen. When it doesn't come, a picture of the screen is kept, and the error
  // has the map of widgets and what the program said.
  void wait(const std::string& what, const std::function<bool()>& condition) const;

 private:
  [[noreturn]] void give_up(const std::string& what) const;

  Screen& screen_;
  std::filesystem::path home_;
  std::filesystem::path pictures_;
  mutable Process process_;  // asked whether it runs
};

}  // namespace tilework::test
