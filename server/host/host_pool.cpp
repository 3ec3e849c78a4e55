#include "server/host/host_pool.h"

#include <utility>

#include "schema/model/error.h"
#include "schema/transport/errors.h"

namespace tilework::host {

HostLease::~HostLease() noexcept {
  if (process_.get() == nullptr) return;
  process_ = nullptr;
  pool_->freed();
}

void HostLease::give_back() {
  pool_->idle_.push_back({kj::mv(process_), serial_});
  process_ = nullptr;
  pool_->freed();
}

HostLease HostPool::take() {
  if (idle_.empty()) idle_.push_back({kj::heap<HostProcess>(io_, program_), ++serials_});
  Idle idle = std::move(idle_.back());  // the one whose memory is warm
  idle_.pop_back();
  ++busy_;
  return {*this, kj::mv(idle.process), idle.serial};
}

kj::Promise<HostLease> HostPool::acquire() {
  if (busy_ < capacity_) {
    return transport::method([&]() -> kj::Promise<HostLease> { return take(); });
  }
  auto pair = kj::newPromiseAndFulfiller<HostLease>();
  waiting_.push_back(kj::mv(pair.fulfiller));
  return kj::mv(pair.promise);
}

void HostPool::freed() {
  --busy_;
  while (!waiting_.empty() && busy_ < capacity_) {
    auto next = kj::mv(waiting_.front());
    waiting_.pop_front();
    if (!next->isWaiting()) continue;
    try {
      next->fulfill(take());
    } catch (const Error& error) {
      next->reject(transport::to_kj(error));
    }
  }
}

void HostPool::warm_up() {
  while (idle_.size() + busy_ < capacity_) {
    idle_.push_front({kj::heap<HostProcess>(io_, program_), ++serials_});
  }
}

}  // namespace tilework::host
