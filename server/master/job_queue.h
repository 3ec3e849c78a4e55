// Lets so many jobs run at a time; the others wait, first come first served. On the event loop's thread.
#pragma once

#include <deque>

#include <kj/async.h>
#include <kj/memory.h>

namespace tilework::master {

class JobQueue {
 public:
  // A job's turn to run, which ends with the object. The queue outlives it.
  class Turn {
   public:
    explicit Turn(JobQueue& queue) : queue_(queue) {}
    ~Turn() noexcept { queue_.end_turn(); }
    KJ_DISALLOW_COPY(Turn);

   private:
    JobQueue& queue_;
  };

  explicit JobQueue(unsigned running) : free_(running) {}
  KJ_DISALLOW_COPY(JobQueue);

  // Answers when it is the caller's turn. Dropping the promise leaves the queue.
  kj::Promise<kj::Own<Turn>> wait();

 private:
  void end_turn();
  void give();

  unsigned free_;
  std::deque<kj::Own<kj::PromiseFulfiller<kj::Own<Turn>>>> waiting_;
};

}  // namespace tilework::master
