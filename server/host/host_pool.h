// Filter hosts that are ready for work. Whoever needs one takes a lease, and gives it back when all went
// well; a host whose lease is dropped in any other way is ended, for it may still be busy. On the event
// loop's thread.
//
// A host serves one group (host_group.h) from its first lease to its end, so that what a plugin leaves behind
// in it meets nothing but more of the same. As hosts can't be used again by others, some that nobody has used
// are kept ready. Those that a group has used wait for it while they may be needed.
#pragma once

#include <deque>
#include <memory>
#include <set>
#include <string>

#include <kj/async-io.h>

#include "server/host/host_group.h"
#include "server/host/process/host_process.h"

namespace tilework::host {

class HostPool;

// A host of a pool.
struct PooledHost {
  kj::Own<HostProcess> process;
  std::uint64_t serial = 0;
  std::shared_ptr<HostGroup> group;  // null: nobody has used it
  kj::TimePoint idle_since = kj::origin<kj::TimePoint>();
  kj::Duration worked = 0 * kj::NANOSECONDS;  // processor time, until it was idle
};

class HostLease {
 public:
  HostLease(HostPool& pool, PooledHost host, bool is_quick)
      : pool_(&pool), host_(kj::mv(host)), is_quick_(is_quick) {}
  HostLease(HostLease&&) = default;
  HostLease& operator=(HostLease&&) = default;
  ~HostLease() noexcept;

  HostProcess& process() { return *host_.process; }
  // Tells hosts apart, also after one was ended.
  std::uint64_t serial() const { return host_.serial; }
  // The host is idle again, or is ended where it isn't fit for more.
  void give_back();

 private:
  HostPool* pool_;
  PooledHost host_;
  bool is_quick_;
};

// How many hosts a pool has at most.
struct HostNumbers {
  unsigned leased;  // at a time, and one more for what is quick where others have leases
  unsigned unused;  // that are kept ready
};

class HostPool : private kj::TaskSet::ErrorHandler {
 public:
  // The provider outlives the pool; the pool outlives its leases.
  HostPool(kj::LowLevelAsyncIoProvider& io, HostProgram program, HostNumbers most);
  KJ_DISALLOW_COPY(HostPool);

  std::shared_ptr<HostGroup> group(HostKey key, Stay stay) { return groups_.get(std::move(key), stay); }

  // Answers when a host may be had for the group, which is this pool's. What is quick doesn't wait for what
  // isn't. Dropping the promise leaves the queue. Fails with tilework::Error.
  kj::Promise<HostLease> acquire(std::shared_ptr<HostGroup> group, bool is_quick = false);

  // Starts hosts ahead of their need.
  void warm_up();

  // Ends the hosts that have loaded a plugin whose digest isn't in `wanted`, those that are leased when they
  // are given back.
  void retire(std::set<std::string> wanted);

  // One that nobody has used yet, to be asked about itself. It may be leased at any time.
  HostProcess& unused();

  unsigned busy() const { return busy_; }

 private:
  friend class HostLease;
  struct Waiting {
    std::shared_ptr<HostGroup> group;
    kj::Own<kj::PromiseFulfiller<HostLease>> lease;
    bool is_quick;
  };

  bool may_have_one(bool is_quick) const;
  HostLease take(const std::shared_ptr<HostGroup>& group, bool is_quick);
  PooledHost take_unused();
  void put_back(PooledHost host);
  void freed(bool was_quick);
  PooledHost start();
  kj::Promise<void> watch_idle();
  void tidy_soon();
  kj::Promise<void> tidy_when_quiet(unsigned pauses);
  void tidy();
  bool end_those_of_done_work();
  void end_beyond_limits();
  bool is_wanted(const PooledHost& host) const;
  void taskFailed(kj::Exception&& error) override;

  kj::LowLevelAsyncIoProvider& io_;
  ZygoteProcess zygote_;
  SlabPool memory_;  // of groups
  HostNumbers most_;
  unsigned busy_ = 0;
  unsigned quick_ = 0;  // of these
  std::uint64_t serials_ = 0;
  HostGroups groups_;
  kj::Maybe<std::set<std::string>> wanted_;  // null: all
  std::deque<PooledHost> unused_;            // the first has started first
  std::deque<PooledHost> idle_;              // the last was used last
  std::deque<Waiting> waiting_;
  bool tidying_ = false;  // soon
  bool watching_ = false;
  kj::TaskSet tasks_;
};

}  // namespace tilework::host
