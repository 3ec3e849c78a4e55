#include "client/session/rpc_thread.h"

#include <utility>

namespace tilework::client {

RpcThread::~RpcThread() {
  post([this](kj::AsyncIoContext&) { ending_ = true; });
  thread_.join();
}

void RpcThread::post(Work work) {
  const std::lock_guard lock(mutex_);
  queue_.push_back(kj::mv(work));
  if (wake_.get() != nullptr) {
    wake_->fulfill();
    wake_ = nullptr;
  }
}

void RpcThread::run() {
  auto io = kj::setupAsyncIo();
  while (!ending_) {
    kj::Promise<void> woken = kj::READY_NOW;
    std::vector<Work> work;
    {
      const std::lock_guard lock(mutex_);
      std::swap(work, queue_);
      if (work.empty()) {
        auto pair = kj::newPromiseAndCrossThreadFulfiller<void>();
        woken = kj::mv(pair.promise);
        wake_ = kj::mv(pair.fulfiller);
      }
    }
    for (auto& piece : work) piece(io);
    woken.wait(io.waitScope);
  }
}

}  // namespace tilework::client
