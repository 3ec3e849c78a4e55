#include "server/master/job_queue.h"

#include <utility>

namespace tilework::master {

kj::Promise<kj::Own<JobQueue::Turn>> JobQueue::wait() {
  auto pair = kj::newPromiseAndFulfiller<kj::Own<Turn>>();
  waiting_.push_back(kj::mv(pair.fulfiller));
  give();
  return kj::mv(pair.promise);
}

void JobQueue::give() {
  while (free_ > 0 && !waiting_.empty()) {
    auto next = kj::mv(waiting_.front());
    waiting_.pop_front();
    if (!next->isWaiting()) continue;
    --free_;
    next->fulfill(kj::heap<Turn>(*this));
  }
}

void JobQueue::end_turn() {
  ++free_;
  give();
}

}  // namespace tilework::master
