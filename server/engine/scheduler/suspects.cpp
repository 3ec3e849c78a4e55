// The scheduler's suspects: segments that a worker was lost over, which are kept apart from other jobs' until
// they are done.
//
// Why a job fails for its own doing alone, as far as workers can be believed: a worker that is reserved for a
// job gets nothing of others, and a suspect goes there only once nothing of others is left there. What was
// revoked there is over too: a worker is told of the end of that before it is told of the suspect, over the
// same connection. So if the worker is lost then, no other job's segment was on it.
//
// Why a suspect's turn comes: while it waits, the worker with the fewest segments of other jobs is reserved
// for its job, anew at each decision. That number only gets smaller, for no worker gets more of them while it
// is the one with the fewest. Reservations for other jobs end with their suspects, each of which is waiting
// in the same way, or running.
#include <algorithm>
#include <tuple>

#include "server/engine/scheduler/scheduler.h"

namespace tilework::engine {

// Whether all are of one job.
bool Scheduler::is_alone(const std::set<AttemptNumber>& attempts) const {
  return std::ranges::all_of(attempts, [&](AttemptNumber number) {
    return attempts_.at(number).job == attempts_.at(*attempts.begin()).job;
  });
}

std::size_t Scheduler::strangers_at(WorkerId worker, JobId job) const {
  const auto running = running_.find(worker);
  if (running == running_.end()) return 0;
  return static_cast<std::size_t>(std::ranges::count_if(
      running->second, [&](AttemptNumber number) { return attempts_.at(number).job != job; }));
}

bool Scheduler::has_suspect_at(WorkerId worker, JobId job) const {
  const auto running = running_.find(worker);
  return running != running_.end() && std::ranges::any_of(running->second, [&](AttemptNumber number) {
           const Attempt& attempt = attempts_.at(number);
           return attempt.job == job && attempt.is_suspect;
         });
}

void Scheduler::place_suspects(Milliseconds now, Actions& actions) {
  if (suspected_.empty() && reserved_.empty()) return;
  const auto before = std::exchange(reserved_, {});
  for (const auto& [worker, job] : before) {
    if (has_suspect_at(worker, job)) reserved_.emplace(worker, job);
  }
  for (const JobId job : std::vector(suspected_.begin(), suspected_.end())) {
    place_suspects_of(job, now, actions);
  }
  for (const auto& [worker, job] : before) {
    if (!reserved_.contains(worker)) pool_.set_reserved(worker, false);
  }
  for (const auto& [worker, job] : reserved_) {
    pool_.set_reserved(worker, true);
    if (has_suspect_at(worker, job)) keep_busy(worker, job, now, actions);
  }
}

void Scheduler::place_suspects_of(JobId id, Milliseconds now, Actions& actions) {
  Job& job = jobs_.at(id);
  while (!job.suspects.empty()) {
    const SegmentIndex index = *job.suspects.begin();
    const auto worker = quietest(id, job, job.open.at(index));
    if (!worker) return;
    reserved_.emplace(*worker, id);
    if (strangers_at(*worker, id) > 0 || !pool_.has_idle_slot(*worker)) return;  // it is waited for
    assign(id, job, index, *worker, now, actions);
  }
}

// With other segments of the job, beside its suspects.
void Scheduler::keep_busy(WorkerId worker, JobId id, Milliseconds now, Actions& actions) {
  Job& job = jobs_.at(id);
  while (!job.ready.empty() && pool_.has_idle_slot(worker)) {
    const SegmentIndex index = *job.ready.begin();
    const auto allowed = pool_.all_for(*job.crew, job.open.at(index).tried());
    if (std::ranges::find(allowed, worker) == allowed.end()) return;
    assign(id, job, index, worker, now, actions);
  }
}

// Of the workers that may have the segment and aren't reserved for another job, the one with the fewest
// segments of others; among equals, the one with most room.
std::optional<WorkerId> Scheduler::quietest(JobId id, const Job& job, const Segment& segment) const {
  auto workers = pool_.all_for(*job.crew, segment.tried());
  if (workers.empty()) workers = pool_.all_for(*job.crew, {});
  std::erase_if(workers, [&](WorkerId worker) {
    const auto reserved = reserved_.find(worker);
    return reserved != reserved_.end() && reserved->second != id;
  });
  if (workers.empty()) return std::nullopt;
  return std::ranges::min(workers, {}, [&](WorkerId worker) {
    return std::tuple(strangers_at(worker, id), pool_.load(worker) / pool_.slots(worker),
                      pool_.load(worker) * 1024 / pool_.slots(worker), worker);
  });
}

}  // namespace tilework::engine
