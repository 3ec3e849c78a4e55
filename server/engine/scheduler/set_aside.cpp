#include "server/engine/scheduler/set_aside.h"

#include <algorithm>

namespace tilework::engine {

bool SetAside::add(WorkerId worker, const std::string& reason, Milliseconds now) {
  const auto [found, is_new] = entries_.try_emplace(worker);
  Entry& entry = found->second;
  if (!is_new && !entry.is_over) return false;
  entry.pause = is_new ? first_pause_ : std::min(2 * entry.pause, longest_pause_);
  entry.until = now + entry.pause;
  entry.reason = reason;
  entry.is_over = false;
  due_.insert({entry.until, worker});
  return true;
}

void SetAside::forget(WorkerId worker) {
  const auto found = entries_.find(worker);
  if (found == entries_.end()) return;
  due_.erase({found->second.until, worker});
  entries_.erase(found);
}

std::vector<WorkerId> SetAside::take_due(Milliseconds now) {
  std::vector<WorkerId> workers;
  while (!due_.empty() && due_.begin()->first <= now) {
    workers.push_back(due_.begin()->second);
    entries_.at(workers.back()).is_over = true;
    due_.erase(due_.begin());
  }
  return workers;
}

const SetAside::Entry* SetAside::find(WorkerId worker) const {
  const auto found = entries_.find(worker);
  return found == entries_.end() || found->second.is_over ? nullptr : &found->second;
}

}  // namespace tilework::engine
