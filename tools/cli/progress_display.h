// Shows what the jobs do: on a terminal a bar for each that runs, redrawn in place below the lines that stay;
// elsewhere the lines alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "tools/cli/progress_text.h"

namespace tilework::cli {

class ProgressDisplay {
 public:
  // Draws on standard error where that is a terminal and `bars` are wanted.
  ProgressDisplay(std::vector<std::string> names, bool bars);
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  // Any thread.
  void update(std::size_t job, Phase phase, std::uint64_t done, std::uint64_t total);
  // A line that the thread which draws is to say soon.
  void announce(const std::string& line);

  // The thread that draws.
  void finish(std::size_t job);
  void draw();
  // How long a job has waited for any worker to connect, of those that do the longest; zero if none does.
  std::chrono::duration<double> without_worker();
  // A line that stays. Only the caller's words: made printable here.
  void say(const std::string& line);

 private:
  using Clock = std::chrono::steady_clock;
  struct Job {
    std::string name;
    Activity activity;
    Clock::time_point since;
    bool finished = false;
  };

  void erase();
  void say_announced();

  bool bars_;
  std::mutex mutex_;  // of these two
  std::vector<Job> jobs_;
  std::vector<std::string> announced_;
  std::size_t lines_drawn_ = 0;
};

}  // namespace tilework::cli
