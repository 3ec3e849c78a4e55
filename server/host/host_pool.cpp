#include "server/host/host_pool.h"

#include <algorithm>
#include <utility>

#include "schema/model/error.h"
#include "schema/transport/errors.h"

namespace tilework::host {
namespace {

bool has_another_version(const PooledHost& host, const Versions& needed) {
  return std::ranges::any_of(needed, [&](const auto& filter) {
    const auto found = host.loaded.find(filter.first);
    return found != host.loaded.end() && found->second != filter.second;
  });
}

}  // namespace

Versions versions_of(const std::vector<wire::BoundCall>& calls) {
  Versions versions;
  for (const auto& call : calls) versions.emplace(call.filter, call.digest);
  return versions;
}

HostLease::~HostLease() noexcept {
  if (host_.process.get() == nullptr) return;
  host_.process = nullptr;
  pool_->freed();
}

void HostLease::give_back() {
  pool_->put_back(kj::mv(host_));
  host_.process = nullptr;
  pool_->freed();
}

PooledHost HostPool::start() {
  return {kj::heap<HostProcess>(io_, program_), ++serials_, 0, {}};
}

bool HostPool::is_wanted(const PooledHost& host) const {
  KJ_IF_MAYBE (wanted, wanted_) {
    return std::ranges::all_of(host.loaded,
                               [&](const auto& filter) { return wanted->contains(filter.second); });
  }
  return true;
}

// The host that was used last has warm memory.
HostLease HostPool::take(const Versions& needed) {
  const auto found = std::find_if(idle_.rbegin(), idle_.rend(),
                                  [&](const PooledHost& host) { return !has_another_version(host, needed); });
  PooledHost host;
  if (found == idle_.rend()) {
    host = start();
  } else {
    host = kj::mv(*found);
    idle_.erase(std::next(found).base());
  }
  host.loaded.insert(needed.begin(), needed.end());
  ++host.leases;
  ++busy_;
  return {*this, kj::mv(host)};
}

void HostPool::put_back(PooledHost host) {
  if (!is_wanted(host)) return;
  idle_.push_back(kj::mv(host));
  if (idle_.size() > capacity_) idle_.pop_front();
}

kj::Promise<HostLease> HostPool::acquire(Versions needed) {
  if (busy_ < capacity_) {
    return transport::method([&]() -> kj::Promise<HostLease> { return take(needed); });
  }
  auto pair = kj::newPromiseAndFulfiller<HostLease>();
  waiting_.push_back({std::move(needed), kj::mv(pair.fulfiller)});
  return kj::mv(pair.promise);
}

void HostPool::freed() {
  --busy_;
  while (!waiting_.empty() && busy_ < capacity_) {
    auto next = kj::mv(waiting_.front());
    waiting_.pop_front();
    if (!next.lease->isWaiting()) continue;
    try {
      next.lease->fulfill(take(next.needed));
    } catch (const Error& error) {
      next.lease->reject(transport::to_kj(error));
    }
  }
}

void HostPool::warm_up() {
  while (idle_.size() + busy_ < capacity_) idle_.push_front(start());
}

void HostPool::retire(std::set<std::string> wanted) {
  wanted_ = std::move(wanted);
  std::erase_if(idle_, [this](const PooledHost& host) { return !is_wanted(host); });
}

}  // namespace tilework::host
