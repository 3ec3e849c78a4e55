#include "server/engine/scheduler/worker_pool.h"

#include <algorithm>

namespace tilework::engine {
namespace {

constexpr std::uint64_t all_slots_busy = 1u << 20;

std::uint64_t fullness(unsigned load, unsigned slots) {
  return load * all_slots_busy / slots;
}

template <typename Places>
auto first_but(const Places& places, std::span<const WorkerId> avoid) {
  return std::ranges::find_if(
      places, [&](const auto& place) { return std::ranges::find(avoid, place.second) == avoid.end(); });
}

}  // namespace

// Takes a worker out of everything that is sorted or counted while something rare about it changes.
template <typename Change>
void WorkerPool::change(WorkerId id, Change&& change) {
  const auto found = workers_.find(id);
  if (found == workers_.end()) return;
  Worker& worker = found->second;
  take_out(id, worker);
  count(worker, -1);
  change(worker);
  count(worker, +1);
  put_in(id, worker);
}

void WorkerPool::join(WorkerId id, unsigned slots) {
  leave(id);
  workers_.try_emplace(id);
  change(id, [&](Worker& worker) { worker.slots = slots; });
}

void WorkerPool::leave(WorkerId id) {
  change(id, [](Worker& worker) { worker.draining = true; });
  workers_.erase(id);
}

void WorkerPool::set_draining(WorkerId id, bool draining) {
  change(id, [&](Worker& worker) { worker.draining = draining; });
}

void WorkerPool::set_aside(WorkerId id, bool aside) {
  change(id, [&](Worker& worker) { worker.aside = aside; });
}

void WorkerPool::set_reserved(WorkerId id, bool reserved) {
  change(id, [&](Worker& worker) { worker.reserved = reserved; });
}

void WorkerPool::started(WorkerId id) {
  Worker& worker = workers_.at(id);
  take_out(id, worker);
  ++worker.load;
  put_in(id, worker);
}

void WorkerPool::ended(WorkerId id) {
  const auto found = workers_.find(id);
  if (found == workers_.end()) return;
  take_out(id, found->second);
  --found->second.load;
  put_in(id, found->second);
}

void WorkerPool::blame(WorkerId id, const FilterNames& filters, unsigned times) {
  change(id, [&](Worker& worker) {
    for (const auto& filter : filters) {
      unsigned& count = worker.failures[filter];
      if (count < failures_ && count + times >= failures_) ++worker.distrusted;
      count += times;
    }
  });
}

void WorkerPool::forgive(WorkerId id, const FilterNames& filters, unsigned times) {
  change(id, [&](Worker& worker) {
    for (const auto& filter : filters) {
      const auto found = worker.failures.find(filter);
      if (found == worker.failures.end()) continue;  // it has joined anew since
      unsigned& count = found->second;
      if (count >= failures_ && count - times < failures_) --worker.distrusted;
      count -= times;
      if (count == 0) worker.failures.erase(found);
    }
  });
}

WorkerPool::Crew& WorkerPool::form_crew(const FilterNames& filters) {
  const auto [entry, is_new] = crews_.try_emplace(filters);
  Crew& crew = entry->second;
  ++crew.jobs;
  if (!is_new) return crew;
  crew.filters = &entry->first;
  for (const auto& [id, worker] : workers_) {
    if (is_usable(worker) && is_trusted(worker, filters)) ++crew.trusted;
  }
  for (const Place& place : doubtful_with_room_) {
    if (is_trusted(workers_.at(place.second), filters)) crew.with_room.insert(place);
  }
  return crew;
}

void WorkerPool::dismiss(Crew& crew) {
  if (--crew.jobs == 0) crews_.erase(crews_.find(*crew.filters));
}

std::optional<WorkerId> WorkerPool::find(const Crew& crew, std::span<const WorkerId> avoid) const {
  const auto& doubtful = crew.trusted > 0 ? crew.with_room : doubtful_with_room_;
  const auto first = first_but(with_room_, avoid);
  const auto second = first_but(doubtful, avoid);
  if (second == doubtful.end())
    return first == with_room_.end() ? std::nullopt : std::optional(first->second);
  return first != with_room_.end() && *first < *second ? first->second : second->second;
}

std::optional<WorkerId> WorkerPool::find_for_quick(const Crew& crew, std::span<const WorkerId> avoid) const {
  const auto may = std::ranges::find_if(full_, [&](const Place& place) {
    return may_have(workers_.at(place.second), crew) && std::ranges::find(avoid, place.second) == avoid.end();
  });
  return may == full_.end() ? std::nullopt : std::optional(may->second);
}

std::vector<WorkerId> WorkerPool::all_for(const Crew& crew, std::span<const WorkerId> avoid) const {
  std::vector<WorkerId> all;
  for (const auto& [id, worker] : workers_) {
    if (may_have(worker, crew) && std::ranges::find(avoid, id) == avoid.end()) all.push_back(id);
  }
  return all;
}

bool WorkerPool::has_others(const Crew& crew, std::span<const WorkerId> avoid) const {
  const auto avoided = std::ranges::count_if(avoid, [&](WorkerId id) {
    const auto found = workers_.find(id);
    return found != workers_.end() && may_have(found->second, crew);
  });
  return (crew.trusted > 0 ? crew.trusted : usable_) > static_cast<std::size_t>(avoided);
}

unsigned WorkerPool::load(WorkerId id) const {
  const auto found = workers_.find(id);
  return found == workers_.end() ? 0 : found->second.load;
}

unsigned WorkerPool::slots(WorkerId id) const {
  const auto found = workers_.find(id);
  return found == workers_.end() ? 0 : found->second.slots;
}

FilterNames WorkerPool::distrusted(WorkerId id) const {
  FilterNames filters;
  const auto found = workers_.find(id);
  if (found == workers_.end()) return filters;
  for (const auto& [filter, failures] : found->second.failures) {
    if (failures >= failures_) filters.push_back(filter);
  }
  return filters;
}

bool WorkerPool::any_has_idle_slot() const {
  return std::ranges::any_of(
      std::initializer_list<const std::set<Place>*>{&with_room_, &doubtful_with_room_},
      [](const auto* set) { return !set->empty() && set->begin()->first < all_slots_busy; });
}

bool WorkerPool::is_trusted(const Worker& worker, const FilterNames& filters) const {
  return worker.distrusted == 0 || std::ranges::none_of(filters, [&](const std::string& filter) {
           const auto found = worker.failures.find(filter);
           return found != worker.failures.end() && found->second >= failures_;
         });
}

bool WorkerPool::may_have(const Worker& worker, const Crew& crew) const {
  return is_usable(worker) && (crew.trusted == 0 || is_trusted(worker, *crew.filters));
}

void WorkerPool::count(const Worker& worker, int by) {
  if (!is_usable(worker)) return;
  usable_ += static_cast<std::size_t>(by);
  for (auto& [filters, crew] : crews_) {
    if (is_trusted(worker, filters)) crew.trusted += static_cast<std::size_t>(by);
  }
}

void WorkerPool::take_out(WorkerId id, const Worker& worker) {
  if (worker.slots == 0) return;
  const Place place{fullness(worker.load, worker.slots), id};
  full_.erase(place);
  if (worker.distrusted == 0) {
    with_room_.erase(place);
  } else if (doubtful_with_room_.erase(place) > 0) {
    for (auto& [filters, crew] : crews_) crew.with_room.erase(place);
  }
}

void WorkerPool::put_in(WorkerId id, const Worker& worker) {
  if (!is_usable(worker) || worker.reserved || worker.load > worker.slots + prefetch_) return;
  const Place place{fullness(worker.load, worker.slots), id};
  if (worker.load == worker.slots + prefetch_) {
    full_.insert(place);
    return;
  }
  if (worker.distrusted == 0) {
    with_room_.insert(place);
    return;
  }
  doubtful_with_room_.insert(place);
  for (auto& [filters, crew] : crews_) {
    if (is_trusted(worker, filters)) crew.with_room.insert(place);
  }
}

}  // namespace tilework::engine
