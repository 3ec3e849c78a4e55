// Where other threads meet the event loop of RPC: they post work, and the loop runs it. Here and nowhere
// else.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include <kj/async.h>
#include <kj/common.h>

namespace tilework::transport {

class Mailbox {
 public:
  // On the loop's thread. The mailbox outlives all threads that post.
  Mailbox();
  KJ_DISALLOW_COPY(Mailbox);

  // Any thread; returns at once. `work` runs on the loop's thread, in the order of posting, and must not
  // throw. What is posted after the loop has ended is dropped.
  void post(std::function<void()> work);

 private:
  kj::Promise<void> pump();

  std::mutex mutex_;
  std::vector<std::function<void()>> queue_;
  kj::Own<kj::CrossThreadPromiseFulfiller<void>> waiting_;  // set while the loop waits
  kj::Promise<void> pumping_;
};

}  // namespace tilework::transport
