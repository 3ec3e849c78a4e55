#include "tools/cli/progress_display.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include <sys/ioctl.h>
#include <unistd.h>

#include "client/common/text.h"

namespace tilework::cli {
namespace {

bool is_drawable() {
  const char* kind = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && kind != nullptr && std::string(kind) != "dumb";
}

struct Screen {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

Screen screen() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {size.ws_col, size.ws_row};
}

}  // namespace

ProgressDisplay::ProgressDisplay(std::vector<std::string> names, bool bars) : bars_(bars && is_drawable()) {
  for (auto& name : names) jobs_.push_back({std::move(name), {}, Clock::now()});
}

ProgressDisplay::~ProgressDisplay() {
  erase();
}

void ProgressDisplay::update(std::size_t job, Phase phase, std::uint64_t done, std::uint64_t total) {
  const std::lock_guard lock(mutex_);
  auto& [name, activity, since, finished] = jobs_[job];
  if (activity.phase != phase) since = Clock::now();
  activity = {phase, done, total, {}};
}

void ProgressDisplay::finish(std::size_t job) {
  const std::lock_guard lock(mutex_);
  jobs_[job].finished = true;
}

void ProgressDisplay::announce(const std::string& line) {
  const std::lock_guard lock(mutex_);
  announced_.push_back(line);
}

void ProgressDisplay::draw() {
  say_announced();
  if (!bars_) return;
  const auto [columns, rows] = screen();
  std::string text;
  std::size_t lines = 0;
  std::size_t waiting = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    for (auto& job : jobs_) {
      if (job.finished) continue;
      // Those that wait for others have no bar, unless there is but one.
      if ((job.activity.phase == Phase::waiting && jobs_.size() > 1) || lines + 2 >= rows) {
        ++waiting;
        continue;
      }
      job.activity.elapsed = std::chrono::duration_cast<std::chrono::microseconds>(now - job.since);
      text += progress_line(job.name, job.activity, columns - 1) + '\n';
      ++lines;
    }
  }
  if (waiting > 0) {
    text += "and " + std::to_string(waiting) + " more\n";
    ++lines;
  }
  erase();
  std::cerr << text << std::flush;
  lines_drawn_ = lines;
}

std::chrono::duration<double> ProgressDisplay::without_worker() {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  Clock::duration longest{0};
  for (const Job& job : jobs_) {
    if (!job.finished && job.activity.phase == Phase::no_worker) longest = std::max(longest, now - job.since);
  }
  return longest;
}

void ProgressDisplay::say(const std::string& line) {
  say_announced();
  erase();
  std::cerr << printable(line) << std::endl;
}

void ProgressDisplay::say_announced() {
  std::vector<std::string> lines;
  {
    const std::lock_guard lock(mutex_);
    lines.swap(announced_);
  }
  if (!lines.empty()) erase();
  for (const auto& line : lines) std::cerr << printable(line) << std::endl;
}

// Back to the first line that was drawn, and clears from there to the end of the screen.
void ProgressDisplay::erase() {
  if (lines_drawn_ > 0) std::cerr << "\x1b[" << lines_drawn_ << "F\x1b[J";
  lines_drawn_ = 0;
}

}  // namespace tilework::cli
