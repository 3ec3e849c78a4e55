#include "schema/transport/mailbox.h"

#include <utility>

#include <kj/debug.h>

namespace tilework::transport {

Mailbox::Mailbox() : pumping_(nullptr) {
  pumping_ =
      pump().eagerlyEvaluate([](kj::Exception&& error) { KJ_LOG(FATAL, "posted work failed", error); });
}

void Mailbox::post(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  queue_.push_back(std::move(work));
  if (waiting_) {
    waiting_->fulfill();
    waiting_ = nullptr;
  }
}

kj::Promise<void> Mailbox::pump() {
  std::vector<std::function<void()>> work;
  {
    const std::lock_guard lock(mutex_);
    work.swap(queue_);
    if (work.empty()) {
      auto pair = kj::newPromiseAndCrossThreadFulfiller<void>();
      waiting_ = kj::mv(pair.fulfiller);
      return pair.promise.then([this] { return pump(); });
    }
  }
  for (auto& run : work) run();
  return kj::evalLater([this] { return pump(); });
}

}  // namespace tilework::transport
