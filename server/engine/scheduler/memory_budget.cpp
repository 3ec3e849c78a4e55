#include "server/engine/scheduler/memory_budget.h"

namespace tilework::engine {

void MemoryBudget::asked(DemandId demand, ClientId client, std::uint64_t bytes) {
  demands_.try_emplace(demand, Demand{client, bytes});
}

void MemoryBudget::ended(DemandId id) {
  const auto found = demands_.find(id);
  if (found == demands_.end()) return;
  const Demand& demand = found->second;
  if (demand.is_met) {
    held_ -= demand.bytes;
    auto& held = held_by_.at(demand.client);
    held -= demand.bytes;
    if (held == 0) held_by_.erase(demand.client);
  }
  demands_.erase(found);
}

std::vector<MemoryBudget::DemandId> MemoryBudget::admit() {
  std::vector<DemandId> admitted;
  for (auto place = next(); place != demands_.end(); place = next()) {
    Demand& demand = place->second;
    const bool fits = demand.bytes <= total_ && held_ <= total_ - demand.bytes;
    if (!fits && held_ > 0) break;
    demand.is_met = true;
    held_ += demand.bytes;
    held_by_[demand.client] += demand.bytes;
    admitted.push_back(place->first);
  }
  return admitted;
}

// Demands lie in the order in which they were made. They are few: a client has a limit of jobs and previews.
MemoryBudget::Demands::iterator MemoryBudget::next() {
  auto best = demands_.end();
  for (auto place = demands_.begin(); place != demands_.end(); ++place) {
    if (place->second.is_met) continue;
    const bool is_better =
        best == demands_.end() || held_by(place->second.client) < held_by(best->second.client);
    if (is_better) best = place;
  }
  return best;
}

std::uint64_t MemoryBudget::held_by(ClientId client) const {
  const auto found = held_by_.find(client);
  return found == held_by_.end() ? 0 : found->second;
}

}  // namespace tilework::engine
