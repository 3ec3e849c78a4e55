// What all hosts of a server may add to its log together, however many there are one after another: each has
// limits of its own (said_lines.h), and a client's jobs can have fresh hosts made for ever. Any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

namespace tilework::host {

struct SaidTogether {
  unsigned lines_a_second = 200;
  std::size_t bytes_an_hour = 16 << 20;   // with what the log puts around each line
  std::size_t bytes_around_a_line = 128;  // about: time, process, filters
};

class SaidBudget {
 public:
  using Clock = std::chrono::steady_clock;

  explicit SaidBudget(SaidTogether limits = {}) : limits_(limits) {}

  // Whether a line of as many bytes may be logged now; it is counted then, else as left out.
  bool take(std::size_t bytes, Clock::time_point now);

  // How many lines were left out that this hasn't told of yet, where there are any: at once for the first,
  // and then a minute apart.
  std::optional<std::uint64_t> untold(Clock::time_point now);

 private:
  const SaidTogether limits_;
  std::mutex mutex_;
  std::optional<Clock::time_point> second_;  // when it began
  std::optional<Clock::time_point> hour_;
  std::optional<Clock::time_point> told_;
  unsigned lines_ = 0;     // in this second
  std::size_t bytes_ = 0;  // in this hour
  std::uint64_t left_out_ = 0;
};

}  // namespace tilework::host
