// Filter hosts that are ready for work. Whoever needs one takes a lease, and gives it back when all went
// well; a host whose lease is dropped in any other way is ended, for it may still be busy. On the event
// loop's thread.
#pragma once

#include <deque>
#include <list>
#include <memory>
#include <string>

#include <kj/async-io.h>

#include "server/host/host_process.h"

namespace tilework::host {

class HostPool;

class HostLease {
 public:
  HostLease(HostPool& pool, kj::Own<HostProcess> process, std::uint64_t serial)
      : pool_(&pool), process_(kj::mv(process)), serial_(serial) {}
  HostLease(HostLease&&) = default;
  HostLease& operator=(HostLease&&) = default;
  ~HostLease() noexcept;

  HostProcess& process() { return *process_; }
  // Tells hosts apart, also after one was ended.
  std::uint64_t serial() const { return serial_; }
  // The host is idle again.
  void give_back();

 private:
  HostPool* pool_;
  kj::Own<HostProcess> process_;
  std::uint64_t serial_;
};

class HostPool {
 public:
  // At most `capacity` hosts of `program` live at a time. The provider outlives the pool; the pool outlives
  // its leases.
  HostPool(kj::LowLevelAsyncIoProvider& io, std::string program, unsigned capacity)
      : io_(io), program_(std::move(program)), capacity_(capacity) {}
  KJ_DISALLOW_COPY(HostPool);

  // Answers when a host is free. Dropping the promise leaves the queue. Fails with tilework::Error.
  kj::Promise<HostLease> acquire();

  // Starts hosts ahead of their need.
  void warm_up();

  unsigned busy() const { return busy_; }

 private:
  friend class HostLease;
  struct Idle {
    kj::Own<HostProcess> process;
    std::uint64_t serial;
  };

  HostLease take();
  void freed();

  kj::LowLevelAsyncIoProvider& io_;
  std::string program_;
  unsigned capacity_;
  unsigned busy_ = 0;
  std::uint64_t serials_ = 0;
  std::deque<Idle> idle_;
  std::deque<kj::Own<kj::PromiseFulfiller<HostLease>>> waiting_;
};

}  // namespace tilework::host
