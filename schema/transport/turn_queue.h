// Lets so many go at a time; the others wait, first come first served. On the event loop's thread.
#pragma once

#include <deque>

#include <kj/async.h>
#include <kj/memory.h>

namespace tilework::transport {

class TurnQueue {
 public:
  // Ends with the object. The queue outlives it.
  class Turn {
   public:
    explicit Turn(TurnQueue& queue) : queue_(queue) {}
    ~Turn() noexcept {
      ++queue_.free_;
      queue_.give();
    }
    KJ_DISALLOW_COPY(Turn);

   private:
    TurnQueue& queue_;
  };

  explicit TurnQueue(unsigned at_once) : free_(at_once) {}
  KJ_DISALLOW_COPY(TurnQueue);

  // Dropping the promise leaves the queue.
  kj::Promise<kj::Own<Turn>> wait() {
    auto pair = kj::newPromiseAndFulfiller<kj::Own<Turn>>();
    waiting_.push_back(kj::mv(pair.fulfiller));
    give();
    return kj::mv(pair.promise);
  }

 private:
  void give() {
    while (free_ > 0 && !waiting_.empty()) {
      auto next = kj::mv(waiting_.front());
      waiting_.pop_front();
      if (!next->isWaiting()) continue;
      --free_;
      next->fulfill(kj::heap<Turn>(*this));
    }
  }

  unsigned free_;
  std::deque<kj::Own<kj::PromiseFulfiller<kj::Own<Turn>>>> waiting_;
};

}  // namespace tilework::transport
