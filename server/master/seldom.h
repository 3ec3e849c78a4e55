// Keeps what happens a thousand times from filling the log: a line is due once in a while, and says how many
// were left out. On the event loop's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include <kj/timer.h>

namespace tilework::master {

class Seldom {
 public:
  // The timer outlives this object.
  Seldom(kj::Timer& timer, kj::Duration interval) : timer_(timer), interval_(interval) {}

  // How many lines were left out since the last one, where one is due now.
  std::optional<std::uint64_t> due() {
    if (last_ && timer_.now() - *last_ < interval_) {
      ++left_out_;
      return std::nullopt;
    }
    last_ = timer_.now();
    return std::exchange(left_out_, 0);
  }

 private:
  kj::Timer& timer_;
  kj::Duration interval_;
  std::optional<kj::TimePoint> last_;
  std::uint64_t left_out_ = 0;
};

}  // namespace tilework::master
