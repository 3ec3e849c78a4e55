// The connected workers: who has room, and who is trusted with which filters. Part of the scheduler.
//
// A worker that has failed too often for a filter is distrusted with it, and so with every list of filters
// that holds it. Where nobody is trusted with a list, everybody may have it: better a try than a job that
// cannot go on.
//
// No call but one looks through all workers. Nearly all of them are trusted with everything and lie in one
// ordered set; the few others are sorted for each list of filters in use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/engine/scheduler/ids.h"

namespace tilework::engine {

using FilterNames = std::vector<std::string>;

class WorkerPool {
  // How full a worker is, to the slot, and who it is. Ordered: the emptiest first.
  using Place = std::pair<std::uint64_t, WorkerId>;

 public:
  // The workers for one list of filters, shared by the jobs that have the same. The pool owns it.
  class Crew {
    friend class WorkerPool;
    const FilterNames* filters = nullptr;
    std::size_t jobs = 0;
    std::size_t trusted = 0;    // and usable
    std::set<Place> with_room;  // of the trusted ones, those with room that are distrusted with other filters
  };

  // A worker gets at most `prefetch` segments beyond its slots, a quick one beyond these, and none with
  // filters for which it has failed `failures` times.
  WorkerPool(unsigned prefetch, unsigned failures) : prefetch_(prefetch), failures_(failures) {}

  // Each is ignored for a worker that isn't there. A worker without slots gets nothing.
  void join(WorkerId worker, unsigned slots);
  void leave(WorkerId worker);
  void set_draining(WorkerId worker, bool draining);
  void set_aside(WorkerId worker, bool aside);  // gets nothing either, for another reason
  // Nobody finds it, but it is as usable as before: whoever reserved it gives it segments himself.
  void set_reserved(WorkerId worker, bool reserved);
  void started(WorkerId worker);  // one more attempt
  void ended(WorkerId worker);
  // So many failures more for each of the filters, or less.
  void blame(WorkerId worker, const FilterNames& filters, unsigned times = 1);
  void forgive(WorkerId worker, const FilterNames& filters, unsigned times = 1);

  // To each form_crew() belongs one dismiss().
  Crew& form_crew(const FilterNames& filters);
  void dismiss(Crew& crew);

  // The emptiest that may have the crew's filters and has room, but none of `avoid`.
  std::optional<WorkerId> find(const Crew& crew, std::span<const WorkerId> avoid) const;
  // For a quick segment when nobody has room: the emptiest that may have the crew's filters and has no such
  // segment yet, but none of `avoid`.
  std::optional<WorkerId> find_for_quick(const Crew& crew, std::span<const WorkerId> avoid) const;
  // All that may have the crew's filters, with room or without, but none of `avoid`. Looks through all.
  std::vector<WorkerId> all_for(const Crew& crew, std::span<const WorkerId> avoid) const;
  // Whether any may have the crew's filters, now or when it has room, but for `avoid` (each named once).
  bool has_others(const Crew& crew, std::span<const WorkerId> avoid) const;

  bool contains(WorkerId worker) const { return workers_.contains(worker); }
  std::size_t size() const { return workers_.size(); }
  std::size_t usable() const { return usable_; }  // neither draining nor set aside
  unsigned load(WorkerId worker) const;           // attempts, waiting ones too
  unsigned slots(WorkerId worker) const;
  FilterNames distrusted(WorkerId worker) const;  // the filters that it is distrusted with
  bool any_has_room() const { return !with_room_.empty() || !doubtful_with_room_.empty(); }
  bool any_has_idle_slot() const;
  bool has_idle_slot(WorkerId worker) const { return load(worker) < slots(worker); }

 private:
  struct Worker {
    unsigned slots = 0;
    unsigned load = 0;
    bool draining = false;
    bool aside = false;
    bool reserved = false;
    std::map<std::string, unsigned> failures;  // by filter
    unsigned distrusted = 0;                   // filters
  };

  template <typename Change>
  void change(WorkerId id, Change&& change);
  bool is_usable(const Worker& worker) const { return !worker.draining && !worker.aside && worker.slots > 0; }
  bool is_trusted(const Worker& worker, const FilterNames& filters) const;
  bool may_have(const Worker& worker, const Crew& crew) const;
  void count(const Worker& worker, int by);
  void take_out(WorkerId id, const Worker& worker);
  void put_in(WorkerId id, const Worker& worker);

  unsigned prefetch_;
  unsigned failures_;
  std::unordered_map<WorkerId, Worker> workers_;
  std::size_t usable_ = 0;
  std::set<Place> with_room_;           // trusted with everything
  std::set<Place> doubtful_with_room_;  // distrusted with something
  std::set<Place> full_;                // with room for a quick segment alone
  std::map<FilterNames, Crew> crews_;
};

}  // namespace tilework::engine
