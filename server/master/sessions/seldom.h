// Keeps what happens a thousand times from filling the log: a line, or a few, are due once in a while, and
// say how many were left out. On the event loop's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include <kj/timer.h>

namespace tilework::master {

class Seldom {
 public:
  // The timer outlives this object.
  Seldom(kj::Timer& timer, kj::Duration interval, unsigned at_once = 1)
      : timer_(timer), interval_(interval), at_once_(at_once) {}

  // How many lines were left out since the last one, where one is due now.
  std::optional<std::uint64_t> due() {
    if (!began_ || timer_.now() - *began_ >= interval_) {
      began_ = timer_.now();
      told_ = 0;
    }
    if (told_ == at_once_) {
      ++left_out_;
      return std::nullopt;
    }
    ++told_;
    return std::exchange(left_out_, 0);
  }

 private:
  kj::Timer& timer_;
  kj::Duration interval_;
  unsigned at_once_;  // lines in an interval
  std::optional<kj::TimePoint> began_;
  unsigned told_ = 0;  // since then
  std::uint64_t left_out_ = 0;
};

}  // namespace tilework::master
