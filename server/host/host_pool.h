// Filter hosts that are ready for work. Whoever needs one takes a lease, and gives it back when all went
// well; a host whose lease is dropped in any other way is ended, for it may still be busy. On the event
// loop's thread.
//
// A host keeps the libraries that it has loaded until it ends. So that two versions of a filter never meet in
// one process, a lease names what will be loaded, and gets a host that has no other version of it; hosts
// whose libraries nobody needs any longer are ended with retire().
#pragma once

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <kj/async-io.h>

#include "schema/wire/stage.h"
#include "server/host/host_process.h"

namespace tilework::host {

class HostPool;

// Digests of plugins, by the names of the filters that are used of them.
using Versions = std::map<std::string, std::string>;
Versions versions_of(const std::vector<wire::BoundCall>& calls);

// A host of a pool.
struct PooledHost {
  kj::Own<HostProcess> process;
  std::uint64_t serial = 0;
  std::uint64_t leases = 0;  // so far
  Versions loaded;
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
  // Nobody had the host before.
  bool is_first() const { return host_.leases == 1; }
  // The host is idle again.
  void give_back();

 private:
  HostPool* pool_;
  PooledHost host_;
  bool is_quick_;
};

class HostPool {
 public:
  // At most `capacity` hosts are leased at a time, and one more for what is quick where others have leases;
  // as many are kept idle. The provider outlives the pool; the pool outlives its leases.
  HostPool(kj::LowLevelAsyncIoProvider& io, HostProgram program, unsigned capacity)
      : io_(io), program_(std::move(program)), capacity_(capacity) {}
  KJ_DISALLOW_COPY(HostPool);

  // Answers when a host is free that can load these versions. What is quick doesn't wait for what
  // isn't. Dropping the promise leaves the queue. Fails with tilework::Error.
  kj::Promise<HostLease> acquire(Versions needed, bool is_quick = false);

  // Starts hosts ahead of their need.
  void warm_up();

  // Ends the hosts that have loaded a plugin whose digest isn't in `wanted`, those that are leased when they
  // are given back.
  void retire(std::set<std::string> wanted);

  unsigned busy() const { return busy_; }

 private:
  friend class HostLease;
  struct Waiting {
    Versions needed;
    kj::Own<kj::PromiseFulfiller<HostLease>> lease;
    bool is_quick;
  };

  bool may_have_one(bool is_quick) const;
  HostLease take(const Versions& needed, bool is_quick);
  void put_back(PooledHost host);
  void freed(bool was_quick);
  PooledHost start();
  bool is_wanted(const PooledHost& host) const;

  kj::LowLevelAsyncIoProvider& io_;
  HostProgram program_;
  unsigned capacity_;
  unsigned busy_ = 0;
  unsigned quick_ = 0;  // of these
  std::uint64_t serials_ = 0;
  kj::Maybe<std::set<std::string>> wanted_;  // null: all
  std::deque<PooledHost> idle_;              // the last was used last
  std::deque<Waiting> waiting_;
};

}  // namespace tilework::host
