#include "tools/admin/screen.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <vector>

#include <sys/ioctl.h>
#include <unistd.h>

#include "client/common/text.h"

namespace tilework::admin {
namespace {

bool is_drawable() {
  const char* kind = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
}

std::string_view cut(std::string_view line, std::size_t columns) {
  std::size_t end = line.size();
  while (cli::width_of(line.substr(0, end)) > columns) --end;
  return line.substr(0, end);
}

}  // namespace

std::string fitting(std::string_view text, std::size_t columns, std::size_t rows) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  std::string fit;
  const bool all = lines.size() <= rows;
  const std::size_t shown = all ? lines.size() : std::max<std::size_t>(rows, 1) - 1;
  for (std::size_t i = 0; i < shown; ++i) fit.append(cut(lines[i], columns)) += '\n';
  if (!all) fit += "and " + std::to_string(lines.size() - shown) + " more lines\n";
  return fit;
}

Screen::Screen(bool in_place) : in_place_(in_place && is_drawable()) {}

void Screen::show(const std::string& text) {
  if (!in_place_) {
    std::cout << text << std::flush;
    return;
  }
  winsize size{};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 1;
  const std::string fit = fitting(text, known ? size.ws_col : 80, (known ? size.ws_row : 24) - 1u);
  // Over what stands there, line by line, so that nothing flickers.
  std::string drawn = shown_ ? "\x1b[H" : "\x1b[2J\x1b[H";
  for (const char c : fit) drawn += c == '\n' ? "\x1b[K\n" : std::string(1, c);
  std::cout << drawn << "\x1b[J" << std::flush;
  shown_ = true;
}

}  // namespace tilework::admin
