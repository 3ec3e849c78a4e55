#include "tests/desktop/desktop.h"

#include <chrono>
#include <fstream>
#include <functional>
#include <stdexcept>

#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>

#include "tests/integration/cluster.h"

namespace tilework::test {
namespace {

using Clock = std::chrono::steady_clock;

// For what comes without an input, such as a picture.
constexpr auto still = std::chrono::milliseconds(150);

std::filesystem::path map_in(const std::filesystem::path& home) {
  return home / "map.json";
}

std::vector<std::string> command(const Screen& screen, const std::filesystem::path& home,
                                 const std::vector<std::string>& arguments) {
  std::filesystem::create_directories(home);
  std::filesystem::remove(map_in(home));  // of a run before, which had its widgets elsewhere
  std::vector<std::string> words{"/usr/bin/env",
                                 "DISPLAY=" + screen.name(),
                                 "LIBGL_ALWAYS_SOFTWARE=1",
                                 "HOME=" + home.string(),
                                 "XDG_CONFIG_HOME=" + (home / "config").string(),
                                 "XDG_STATE_HOME=" + (home / "state").string(),
                                 "TILEWORK_UI_MAP=" + map_in(home).string(),
                                 program("tilework-desktop")};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

// The newest; the program puts it into its place as a whole.
nlohmann::json read_map(const std::filesystem::path& home) {
  std::ifstream file(map_in(home));
  return file ? nlohmann::json::parse(file) : nlohmann::json::object();
}

std::optional<cv::Rect> place_in(const nlohmann::json& map, const std::string& name) {
  if (!map.contains(name)) return std::nullopt;
  const auto& numbers = map[name];
  return cv::Rect(numbers.at(0), numbers.at(1), numbers.at(2), numbers.at(3));
}

}  // namespace

Desktop::Desktop(Screen& screen, const std::filesystem::path& home, const std::filesystem::path& pictures,
                 const std::vector<std::string>& arguments)
    : screen_(screen),
      home_(home),
      pictures_(pictures),
      process_(command(screen, home, arguments), home / "desktop") {
  std::filesystem::create_directories(pictures_);
  wait("the first frame", [&] { return std::filesystem::exists(map_in(home_)); });
}

std::optional<cv::Rect> Desktop::find(const std::string& name) const {
  return place_in(read_map(home_), name);
}

cv::Rect Desktop::area(const std::string& name) const {
  std::optional<cv::Rect> last;
  auto since = Clock::now();
  wait("the widget " + name, [&] {
    // Popups find their place in the first frames, which take their time on a busy machine.
    const auto map = read_map(home_);
    const auto now = map.contains("settled") ? place_in(map, name) : std::nullopt;
    if (now != last) since = Clock::now();
    last = now;
    return now && Clock::now() - since > still;
  });
  return *last;
}

cv::Point Desktop::middle(const std::string& name) const {
  const auto place = area(name);
  return (place.tl() + place.br()) / 2;
}

void Desktop::click(const std::string& name) {
  screen_.click(middle(name));
}

void Desktop::wait_until_gone(const std::string& name) const {
  wait(name + " to go", [&] { return !shows(name); });
}

int Desktop::quit() {
  screen_.key("ctrl+q");
  return wait_for_end();
}

int Desktop::wait_for_end() {
  try {
    wait_until("the program to end", [&] { return !process_.running(); });
  } catch (const std::exception& error) {
    give_up(error.what());
  }
  return process_.wait();
}

void Desktop::keep_picture(const std::string& name) const {
  const auto path = (pictures_ / (name + ".png")).string();
  if (!cv::imwrite(path, screen_.picture())) throw std::runtime_error(path + " can't be written");
}

cv::Mat Desktop::picture_of(const std::string& name) const {
  return screen_.picture()(area(name)).clone();
}

void Desktop::wait(const std::string& what, const std::function<bool()>& condition) const {
  try {
    wait_until(what, [&] {
      if (!process_.running())
        throw std::runtime_error("the program ended with " + std::to_string(process_.wait()));
      return condition();
    });
  } catch (const std::exception& error) {
    give_up(error.what());
  }
}

// A screen that is gone has no picture, and isn't what was looked for.
void Desktop::give_up(const std::string& what) const {
  std::string why = what + "\n" + read_map(home_).dump(1) + "\n" + process_.errors();
  try {
    keep_picture("given-up");
  } catch (const std::exception& error) {
    why += std::string("\nno picture: ") + error.what();
  }
  throw std::runtime_error(why);
}

}  // namespace tilework::test
