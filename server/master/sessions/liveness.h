// Whether a client lives: what was heard of it, and when it is given up. A frozen one, or one whose cable was
// pulled, says nothing and never closes its connection. On the event loop's thread.
#pragma once

#include <chrono>
#include <cstdint>

#include <kj/async.h>
#include <kj/function.h>
#include <kj/timer.h>

#include "schema/transport/line.h"

namespace tilework::master {

class Liveness {
 public:
  // Looks now and then whether bytes move: on a slow line, a client's calls wait behind what it uploads, or
  // behind what it is sent. Fewer than 2 KiB in a second are no sign of life. `given_up` is called once, when
  // nothing was heard for `deadline`. The timer outlives this object.
  Liveness(kj::Timer& timer, transport::Line line, std::chrono::milliseconds deadline,
           kj::Function<void()> given_up);
  KJ_DISALLOW_COPY(Liveness);

  // It has called.
  void heard() { heard_ = timer_.now(); }
  std::chrono::milliseconds silence();

  // Closes the connection now, or after a time for what is to be said before.
  void cut() { line_.cut(); }
  void cut_after(std::chrono::milliseconds time);

 private:
  kj::Promise<void> watch();
  void look();

  kj::Timer& timer_;
  transport::Line line_;
  std::chrono::milliseconds deadline_;
  std::uint64_t least_;  // bytes that are a sign of life
  kj::Function<void()> given_up_;
  kj::TimePoint heard_;
  std::uint64_t moved_;     // at the last such sign
  kj::Promise<void> task_;  // last: it uses the others
};

}  // namespace tilework::master
