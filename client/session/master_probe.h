// Asks whether a master can be reached, beside the session that works with another.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "client/session/session.h"

namespace tilework::client {

// One question. The thread that made it; the work happens on a thread of its own, which ends with it.
class MasterProbe {
 public:
  // `answered` is called on another thread when take() has something.
  MasterProbe(const transport::Endpoint& master, std::function<void()> answered);

  // Once, when the answer is there.
  std::optional<MasterAnswer> take();

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin_ = Clock::now();
  Session session_;
  std::future<ClusterStatus> answer_;
};

}  // namespace tilework::client
