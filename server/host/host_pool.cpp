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
  pool_->freed(is_quick_);
}

void HostLease::give_back() {
  pool_->put_back(kj::mv(host_));
  host_.process = nullptr;
  pool_->freed(is_quick_);
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
HostLease HostPool::take(const Versions& needed, bool is_quick) {
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
  quick_ += is_quick ? 1 : 0;
  return {*this, kj::mv(host), is_quick};
}

void HostPool::put_back(PooledHost host) {
  if (!is_wanted(host)) return;
  idle_.push_back(kj::mv(host));
  if (idle_.size() > capacity_ + 1) idle_.pop_front();
}

// The host beyond the capacity is there while both kinds have some.
bool HostPool::may_have_one(bool is_quick) const {
  const bool mixed = is_quick ? busy_ > quick_ : quick_ > 0 && busy_ - quick_ < capacity_;
  return busy_ < capacity_ + (mixed ? 1 : 0);
}

kj::Promise<HostLease> HostPool::acquire(Versions needed, bool is_quick) {
  if (may_have_one(is_quick)) {
    return transport::method([&]() -> kj::Promise<HostLease> { return take(needed, is_quick); });
  }
  auto pair = kj::newPromiseAndFulfiller<HostLease>();
  waiting_.push_back({std::move(needed), kj::mv(pair.fulfiller), is_quick});
  return kj::mv(pair.promise);
}

void HostPool::freed(bool was_quick) {
  --busy_;
  quick_ -= was_quick ? 1 : 0;
  const auto may_go = [this](const Waiting& next) { return may_have_one(next.is_quick); };
  for (auto place = std::ranges::find_if(waiting_, may_go); place != waiting_.end();
       place = std::ranges::find_if(waiting_, may_go)) {
    auto next = kj::mv(*place);
    waiting_.erase(place);
    if (!next.lease->isWaiting()) continue;
    try {
      next.lease->fulfill(take(next.needed, next.is_quick));
    } catch (const Error& error) {
      next.lease->reject(transport::to_kj(error));
    }
  }
}

void HostPool::warm_up() {
  while (idle_.size() + busy_ < capacity_ + 1) idle_.push_front(start());
}

void HostPool::retire(std::set<std::string> wanted) {
  wanted_ = std::move(wanted);
  std::erase_if(idle_, [this](const PooledHost& host) { return !is_wanted(host); });
}

}  // namespace tilework::host
