// A thread with KJ's event loop. Other threads post work to it; that is where the two meet.
#pragma once

#include <mutex>
#include <thread>
#include <vector>

#include <kj/async-io.h>
#include <kj/function.h>

namespace tilework::client {

class RpcThread {
 public:
  using Work = kj::Function<void(kj::AsyncIoContext& io)>;

  RpcThread() : thread_([this] { run(); }) {}
  // Runs what was posted, and ends. Nothing that belongs to the loop may be left then.
  ~RpcThread();
  KJ_DISALLOW_COPY(RpcThread);

  // Any thread; returns at once. Work runs on the loop's thread in the order of posting, and throws nothing.
  void post(Work work);

 private:
  void run();

  std::mutex mutex_;
  std::vector<Work> queue_;
  bool ending_ = false;
  kj::Own<kj::CrossThreadPromiseFulfiller<void>> wake_;  // set while the loop waits for work
  std::thread thread_;                                   // last: it uses the others
};

}  // namespace tilework::client
