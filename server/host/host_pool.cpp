#include "server/host/host_pool.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "schema/model/error.h"
#include "schema/transport/errors.h"
#include "server/logging/log.h"

namespace tilework::host {
namespace {

// Hosts are started and ended when none is at work, as both take processor time, or after as many pauses.
constexpr auto pause_before_tidying = 60 * kj::MILLISECONDS;
constexpr unsigned most_pauses = 16;

// Processor time, after its last answer.
constexpr auto most_work_at_rest = 100 * kj::MILLISECONDS;

// In which a job joins its stats, and begins with its file anew: its hosts are still its own.
constexpr auto pause_between_passes = 200 * kj::MILLISECONDS;

// Of memory of groups that have ended, which is cheaper to clear than to get anew.
constexpr std::size_t idle_memory = 64 << 20;

// Idle hosts of groups in use, for each that may be leased: as many jobs can take turns before they need
// fresh hosts each time.
constexpr unsigned idle_in_use = 4;

bool is_in_use(const PooledHost& host) {
  return host.group->users > 0;
}

}  // namespace

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

HostPool::HostPool(kj::LowLevelAsyncIoProvider& io, HostProgram program, HostNumbers most)
    : io_(io),
      zygote_(std::move(program)),
      memory_(idle_memory, SlabPool::Contents::none),
      most_(most),
      groups_(memory_),
      tasks_(*this) {}

PooledHost HostPool::start() {
  return {kj::heap<HostProcess>(io_, zygote_), ++serials_, nullptr};
}

bool HostPool::is_wanted(const PooledHost& host) const {
  KJ_IF_MAYBE (wanted, wanted_) {
    return std::ranges::all_of(host.group->key.digests,
                               [&](const auto& digest) { return wanted->contains(digest); });
  }
  return true;
}

// The host that was used last has warm memory.
HostLease HostPool::take(const std::shared_ptr<HostGroup>& group, bool is_quick) {
  const auto found = std::ranges::find(idle_.rbegin(), idle_.rend(), group, &PooledHost::group);
  PooledHost host;
  if (found == idle_.rend()) {
    host = take_unused();
    host.group = group;
    host.process->hold(group);
  } else {
    host = kj::mv(*found);
    idle_.erase(std::next(found).base());
  }
  host.process->rest(false);
  ++busy_;
  quick_ += is_quick ? 1 : 0;
  return {*this, kj::mv(host), is_quick};
}

PooledHost HostPool::take_unused() {
  tidy_soon();
  if (unused_.empty()) return start();
  auto host = kj::mv(unused_.front());
  unused_.pop_front();
  return host;
}

void HostPool::put_back(PooledHost host) {
  if (!is_wanted(host) || !host.process->is_fit()) return;
  host.process->rest(true);
  host.idle_since = io_.getTimer().now();
  host.worked = host.process->processor_time();
  idle_.push_back(kj::mv(host));
  if (!std::exchange(watching_, true)) tasks_.add(watch_idle());
  tidy_soon();
}

// A plugin may have made the host its own, which answers as it should and then goes on for ever.
kj::Promise<void> HostPool::watch_idle() {
  return io_.getTimer().afterDelay(1 * kj::SECONDS).then([this]() -> kj::Promise<void> {
    const auto ended = std::erase_if(idle_, [](const PooledHost& host) {
      return !host.process->is_fit() || host.process->processor_time() > host.worked + most_work_at_rest;
    });
    if (ended > 0)
      spdlog::warn("filter hosts ended that were at work though nothing was asked of them count={}", ended);
    watching_ = !idle_.empty();
    return watching_ ? watch_idle() : kj::READY_NOW;
  });
}

void HostPool::tidy_soon() {
  if (!std::exchange(tidying_, true)) tasks_.add(tidy_when_quiet(most_pauses));
}

kj::Promise<void> HostPool::tidy_when_quiet(unsigned pauses) {
  return io_.getTimer().afterDelay(pause_before_tidying).then([this, pauses]() -> kj::Promise<void> {
    const bool is_quiet = busy_ == 0 && std::ranges::none_of(idle_, is_in_use);
    if (!is_quiet && pauses > 1) return tidy_when_quiet(pauses - 1);
    tidying_ = false;
    tidy();
    return kj::READY_NOW;
  });
}

// Hosts are started one after another.
void HostPool::tidy() {
  const bool more_will_end = end_those_of_done_work();
  end_beyond_limits();
  const bool lacks_some = unused_.size() < most_.unused;
  if (lacks_some) transport::method([this] { unused_.push_back(start()); });
  if (lacks_some || more_will_end) tidy_soon();
}

// Their memory is for those that work. Returns whether there are some whose work goes on, or may.
bool HostPool::end_those_of_done_work() {
  const auto is_for_this_work = [](const PooledHost& host) {
    return host.group->stay == Stay::for_this_work;
  };
  const auto latest = io_.getTimer().now() - pause_between_passes;
  std::erase_if(idle_, [&](const PooledHost& host) {
    return is_for_this_work(host) && !is_in_use(host) && host.idle_since <= latest;
  });
  return std::ranges::any_of(idle_, is_for_this_work);
}

// Those that nobody needs now go first, and of them those that were used least recently.
void HostPool::end_beyond_limits() {
  const auto is_spare = std::not_fn(is_in_use);
  while (std::ranges::count_if(idle_, is_spare) > std::ptrdiff_t{most_.leased} + 1) {
    idle_.erase(std::ranges::find_if(idle_, is_spare));
  }
  while (idle_.size() > std::size_t{idle_in_use} * (most_.leased + 1)) idle_.pop_front();
}

// The host beyond the capacity is there while both kinds have some.
bool HostPool::may_have_one(bool is_quick) const {
  const bool mixed = is_quick ? busy_ > quick_ : quick_ > 0 && busy_ - quick_ < most_.leased;
  return busy_ < most_.leased + (mixed ? 1 : 0);
}

kj::Promise<HostLease> HostPool::acquire(std::shared_ptr<HostGroup> group, bool is_quick) {
  if (may_have_one(is_quick)) {
    return transport::method([&]() -> kj::Promise<HostLease> { return take(group, is_quick); });
  }
  auto pair = kj::newPromiseAndFulfiller<HostLease>();
  waiting_.push_back({std::move(group), kj::mv(pair.fulfiller), is_quick});
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
      next.lease->fulfill(take(next.group, next.is_quick));
    } catch (const Error& error) {
      next.lease->reject(transport::to_kj(error));
    }
  }
}

void HostPool::warm_up() {
  while (unused_.size() < most_.unused) unused_.push_back(start());
}

HostProcess& HostPool::unused() {
  if (unused_.empty()) unused_.push_back(start());
  return *unused_.front().process;
}

void HostPool::retire(std::set<std::string> wanted) {
  wanted_ = std::move(wanted);
  std::erase_if(idle_, [this](const PooledHost& host) { return !is_wanted(host); });
}

void HostPool::taskFailed(kj::Exception&& error) {
  spdlog::warn("filter hosts not started ahead reason=\"{}\"", transport::from_kj(error).what());
}

}  // namespace tilework::host
