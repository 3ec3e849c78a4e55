// What a host writes to its standard output and error, cut into lines for its parent's log: cleaned, and no
// more of them than the log's readers can bear. Pure; one thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "server/host/output/said_budget.h"

namespace tilework::host {

// Of one host. What is beyond is counted, and not kept.
struct SaidLimits {
  std::size_t line_bytes = 512;  // the rest of a longer line is dropped
  unsigned lines_a_second = 100;
  std::size_t bytes_a_second = 64 << 10;
  std::size_t bytes = 1 << 20;  // in all
};

class SaidLines {
 public:
  using Clock = std::chrono::steady_clock;

  // `log` gets each line as it is complete: one line of valid UTF-8 without quotation marks. `together` is
  // that of all hosts, and outlives this object.
  SaidLines(std::function<void(const std::string&)> log, SaidBudget& together, SaidLimits limits = {})
      : log_(std::move(log)), together_(together), limits_(limits) {}

  void add(std::string_view bytes, Clock::time_point now);
  // No more comes: what has been said of a last line is one.
  void end(Clock::time_point now);

  // Bytes that the log didn't get.
  std::uint64_t dropped() const { return dropped_; }

 private:
  void finish_line(Clock::time_point now);
  bool may_log(std::size_t bytes, Clock::time_point now);

  std::function<void(const std::string&)> log_;
  SaidBudget& together_;
  SaidLimits limits_;
  std::string line_;  // so far
  Clock::time_point second_{};
  unsigned lines_ = 0;     // in this second
  std::size_t bytes_ = 0;  // in this second
  std::size_t bytes_in_all_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace tilework::host
