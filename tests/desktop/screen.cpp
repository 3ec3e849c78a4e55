#include "tests/desktop/screen.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include <unistd.h>

#include "tests/integration/cluster.h"

namespace tilework::test {
namespace {

constexpr const char* server_program = "/usr/bin/Xvfb";
constexpr const char* hand_program = "/usr/bin/xdotool";

std::filesystem::path made(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  return folder;
}

// The server writes the number of the display that it found free, and a line's end.
std::vector<std::string> server_command(const std::filesystem::path& folder, cv::Size size) {
  return {server_program,
          "-displayfd",
          "1",
          "-screen",
          "0",
          std::to_string(size.width) + "x" + std::to_string(size.height) + "x24",
          "-nolisten",
          "tcp",
          "-noreset",
          "-fbdir",
          folder.string()};
}

std::string number(int value) {
  return std::to_string(value);
}

}  // namespace

std::string Screen::missing() {
  for (const char* program : {server_program, hand_program}) {
    if (::access(program, X_OK) != 0) return std::string(program) + " isn't installed";
  }
  return {};
}

Screen::Screen(const std::filesystem::path& folder, cv::Size size)
    : folder_(made(folder)), size_(size), server_(server_command(folder, size), folder / "screen") {
  wait_until("the screen", [&] {
    if (!server_.running()) throw std::runtime_error("Xvfb ended: " + server_.errors());
    return server_.output().ends_with("\n");
  });
  const auto said = server_.output();
  name_ = ":" + said.substr(0, said.find('\n'));
}

// The server keeps its pixels in a file of the format XWD: big-endian numbers, of which the first is the size
// of the header and the twentieth the count of colours, each of 12 bytes; see XWDFile.h.
cv::Mat Screen::picture() const {
  std::ifstream file(folder_ / "Xvfb_screen0", std::ios::binary);
  std::array<unsigned char, 100> header{};
  file.read(reinterpret_cast<char*>(header.data()), header.size());
  const auto word = [&](std::size_t index) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | header.at(index * 4 + i);
    return value;
  };
  cv::Mat four(size_, CV_8UC4);
  if (!file || word(11) != 32 || word(12) != four.step) throw std::runtime_error("unknown pixels of Xvfb");
  file.seekg(word(0) + word(19) * 12);
  file.read(reinterpret_cast<char*>(four.data), static_cast<std::streamsize>(four.total() * four.elemSize()));
  if (!file) throw std::runtime_error("the file of Xvfb's screen is too short");
  cv::Mat three(size_, CV_8UC3);
  cv::mixChannels(four, three, {0, 0, 1, 1, 2, 2});
  return three;
}

std::string Screen::xdotool(std::vector<std::string> words) const {
  words.insert(words.begin(), {"/usr/bin/env", "DISPLAY=" + name_, hand_program});
  const auto done = run(words, folder_ / "hand");
  if (done.code != 0) throw std::runtime_error("xdotool " + words.at(3) + ": " + done.errors);
  return done.output;
}

void Screen::move(cv::Point to) {
  xdotool({"mousemove", number(to.x), number(to.y)});
}

void Screen::click(cv::Point at) {
  xdotool({"mousemove", number(at.x), number(at.y), "sleep", "0.05", "click", "1"});
}

void Screen::press(cv::Point at) {
  xdotool({"mousemove", number(at.x), number(at.y), "sleep", "0.05", "mousedown", "1"});
}

void Screen::let_go() {
  xdotool({"mouseup", "1"});
}

void Screen::drag(cv::Point from, cv::Point to) {
  press(from);
  constexpr int steps = 20;
  std::vector<std::string> words;
  for (int i = 1; i <= steps; ++i) {
    const cv::Point at = from + (to - from) * i / steps;
    words.insert(words.end(), {"sleep", "0.03", "mousemove", number(at.x), number(at.y)});
  }
  words.insert(words.end(), {"sleep", "0.05"});
  xdotool(words);
  let_go();
}

void Screen::wheel(cv::Point at, int notches) {
  xdotool({"mousemove", number(at.x), number(at.y), "sleep", "0.05", "click", "--repeat",
           number(std::abs(notches)), "--delay", "50", notches > 0 ? "4" : "5"});
}

void Screen::put_window(const std::string& title, cv::Rect place) {
  xdotool({"search", "--name", title, "windowmove", "%1", number(place.x), number(place.y), "windowsize",
           "%1", number(place.width), number(place.height)});
}

cv::Rect Screen::place_of_window(const std::string& title) const {
  std::istringstream lines(xdotool({"search", "--name", title, "getwindowgeometry", "--shell", "%1"}));
  std::map<std::string, int> values;
  for (std::string line; std::getline(lines, line);) {
    if (const auto at = line.find('='); at != std::string::npos)
      values[line.substr(0, at)] = std::atoi(line.c_str() + at + 1);
  }
  return {values["X"], values["Y"], values["WIDTH"], values["HEIGHT"]};
}

void Screen::type(const std::string& text) {
  xdotool({"type", "--delay", "30", text});
}

// Held for as long as a finger takes: what comes and goes within one frame isn't seen.
void Screen::key(const std::string& keys) {
  xdotool({"keydown", keys, "sleep", "0.1", "keyup", keys, "sleep", "0.05"});
}

void Screen::key_down(const std::string& key) {
  xdotool({"keydown", key});
}

void Screen::key_up(const std::string& key) {
  xdotool({"keyup", key});
}

}  // namespace tilework::test
