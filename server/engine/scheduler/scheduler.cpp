#include "server/engine/scheduler/scheduler.h"

#include <algorithm>
#include <utility>

namespace tilework::engine {
namespace {

constexpr unsigned epoch_shift = 40;
// Of straggler_floor, for a job of which nothing has been measured yet.
constexpr Milliseconds first_patience = 10;
constexpr double slowest_update = 1.0 / 32;  // of the running mean

// Each worker once.
std::vector<WorkerId> workers_of(const auto& failures) {
  std::vector<WorkerId> workers;
  for (const auto& failure : failures) {
    if (std::ranges::find(workers, failure.worker) == workers.end()) workers.push_back(failure.worker);
  }
  return workers;
}

std::string count_of(std::size_t number, const std::string& noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

}  // namespace

Scheduler::Scheduler(SchedulerOptions options)
    : options_(options),
      pool_(options.prefetch, options.failures_of_worker),
      set_aside_(options.first_pause, options.longest_pause),
      last_attempt_(options.epoch << epoch_shift) {
  options_.straggler_floor = std::max<Milliseconds>(options_.straggler_floor, 1);
}

// --- Workers.

void Scheduler::worker_joined(WorkerId worker, unsigned slots) {
  worker_left(worker);
  pool_.join(worker, slots);
}

void Scheduler::worker_left(WorkerId worker) {
  part(worker, nullptr);
}

void Scheduler::worker_lost(WorkerId worker, const std::string& which) {
  part(worker, &which);
}

void Scheduler::part(WorkerId worker, const std::string* lost) {
  const unsigned slots = pool_.slots(worker);
  pool_.leave(worker);
  set_aside_.forget(worker);
  reserved_.erase(worker);
  std::erase_if(pending_.revoke, [&](const Revoke& revoke) { return revoke.worker == worker; });
  std::erase_if(pending_.aside, [&](const Aside& aside) { return aside.worker == worker; });
  const auto node = running_.extract(worker);
  if (node.empty()) return;
  const bool was_alone = is_alone(node.mapped());
  unsigned place = 0;  // a worker computes the oldest ones, and a quick one beyond these
  for (const AttemptNumber number : node.mapped()) {
    const auto attempt = attempts_.find(number);
    if (attempt == attempts_.end()) continue;  // its job has just failed
    const bool was_computing =
        !attempt->second.has_answered && (place++ < slots || jobs_.at(attempt->second.job).is_quick);
    lose(number, was_computing ? lost : nullptr, was_alone);
  }
}

void Scheduler::set_draining(WorkerId worker, bool draining) {
  pool_.set_draining(worker, draining);
}

// --- Jobs.

void Scheduler::job_added(JobId id, FilterNames filters, ClientId client, bool is_quick) {
  std::ranges::sort(filters);
  filters.erase(std::unique(filters.begin(), filters.end()), filters.end());
  const auto [entry, is_new] = jobs_.try_emplace(id);
  if (!is_new) return;
  entry->second.crew = &pool_.form_crew(filters);
  entry->second.filters = std::move(filters);
  entry->second.is_quick = is_quick;
  turns_.add(id, client, is_quick);
}

void Scheduler::job_added(JobId id, const std::string& filters, ClientId client) {
  job_added(id, FilterNames{filters}, client);
}

void Scheduler::job_removed(JobId id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return;
  for (auto& [index, segment] : found->second.open) {
    while (!segment.running.empty()) revoke(segment.running.back());
    for (const Failure& failure : segment.failures) pool_.forgive(failure.worker, failure.filters);
  }
  turns_.remove(id);
  pool_.dismiss(*found->second.crew);
  suspected_.erase(id);
  jobs_.erase(found);
}

void Scheduler::segment_ready(JobId id, SegmentIndex segment) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || !found->second.open.try_emplace(segment).second) return;
  found->second.ready.insert(segment);
  turns_.set_ready(id, true);
}

std::uint64_t Scheduler::retried(JobId job) const {
  const auto found = jobs_.find(job);
  return found == jobs_.end() ? 0 : found->second.retried;
}

bool Scheduler::waits_for_workers(JobId job) const {
  const auto found = jobs_.find(job);
  return found != jobs_.end() && pool_.usable() == 0 &&
         !(found->second.ready.empty() && found->second.suspects.empty());
}

// --- The ends of attempts.

void Scheduler::answered(AttemptNumber number) {
  const auto found = attempts_.find(number);
  if (found == attempts_.end() || std::exchange(found->second.has_answered, true)) return;
  looks_.erase({found->second.look_at, number});
  pool_.ended(found->second.worker);
}

bool Scheduler::succeeded(AttemptNumber number, Milliseconds now) {
  const auto found = attempts_.find(number);
  if (found == attempts_.end()) return false;
  const Attempt attempt = found->second;
  drop(number);
  Job& job = jobs_.at(attempt.job);
  Segment& segment = job.open.at(attempt.segment);
  while (!segment.running.empty()) revoke(segment.running.back());  // the loser of a race
  for (const Failure& failure : segment.failures) {
    if (failure.worker == attempt.worker) pool_.forgive(failure.worker, failure.filters);
  }
  job.open.erase(attempt.segment);
  prove(attempt.worker);
  note_time(job, now - attempt.started);
  return true;
}

void Scheduler::failed(AttemptNumber number, const std::string& reason, const std::string& filter) {
  const auto found = attempts_.find(number);
  if (found == attempts_.end()) return;
  const Attempt attempt = found->second;
  drop(number);
  Job& job = jobs_.at(attempt.job);
  Segment& segment = job.open.at(attempt.segment);
  const bool is_named = std::ranges::binary_search(job.filters, filter);
  segment.failures.push_back({attempt.worker, is_named ? FilterNames{filter} : job.filters});
  pool_.blame(attempt.worker, segment.failures.back().filters);
  try_again_or_fail(attempt, (filter.empty() ? "" : filter + ": ") + reason);
}

void Scheduler::met_trouble(AttemptNumber number, const std::string& reason, const std::string& filter,
                            Milliseconds now) {
  const auto found = attempts_.find(number);
  if (found == attempts_.end()) return;
  const Attempt attempt = found->second;
  drop(number);
  const Job& job = jobs_.at(attempt.job);
  const bool is_named = std::ranges::binary_search(job.filters, filter);
  Segment& segment = jobs_.at(attempt.job).open.at(attempt.segment);
  segment.troubles.push_back({attempt.worker, is_named ? FilterNames{filter} : FilterNames{}});
  if (is_named) {
    pool_.blame(attempt.worker, {filter}, options_.failures_of_worker);
  } else if (set_aside_.add(attempt.worker, reason, now)) {
    pool_.set_aside(attempt.worker, true);
    pending_.aside.push_back({attempt.worker, reason, set_aside_.find(attempt.worker)->pause});
  }
  try_again_or_fail(attempt, reason);
}

void Scheduler::try_again_or_fail(const Attempt& attempt, const std::string& reason) {
  Job& job = jobs_.at(attempt.job);
  const Segment& segment = job.open.at(attempt.segment);
  if (is_hopeless(job, segment)) {
    absolve(segment);
    fail_job(attempt.job, reason + " (segment " + std::to_string(attempt.segment) + " failed " +
                              count_of(segment.failures.size() + segment.troubles.size(), "time") + " on " +
                              count_of(segment.tried().size(), "worker") + ")");
  } else if (segment.running.empty()) {
    again(attempt.job, job, attempt.segment);
  }
}

bool Scheduler::is_hopeless(const Job& job, const Segment& segment) const {
  if (workers_of(segment.failures).size() >= options_.failures_of_segment) return true;
  const bool often = segment.failures.size() >= options_.failures_of_segment ||
                     (segment.troubles.size() >= options_.troubles_of_segment && segment.running.empty());
  return often && !pool_.has_others(*job.crew, segment.tried());
}

// The segment went wrong everywhere: nobody can say that it was the workers.
void Scheduler::absolve(const Segment& segment) {
  for (const Failure& trouble : segment.troubles) {
    pool_.forgive(trouble.worker, trouble.filters, options_.failures_of_worker);
    if (!trouble.filters.empty() || set_aside_.find(trouble.worker) == nullptr) continue;
    set_aside_.forget(trouble.worker);
    pool_.set_aside(trouble.worker, false);
    pending_.aside.push_back({trouble.worker, {}});
  }
}

// It can work again: should it be set aside anew, the first pause does.
void Scheduler::prove(WorkerId worker) {
  if (!set_aside_.empty() && set_aside_.find(worker) == nullptr) set_aside_.forget(worker);
}

void Scheduler::take_back(Milliseconds now) {
  for (const WorkerId worker : set_aside_.take_due(now)) {
    pool_.set_aside(worker, false);
    pending_.aside.push_back({worker, {}});
  }
}

std::vector<WorkerId> Scheduler::Segment::tried() const {
  auto all = failures;
  all.insert(all.end(), troubles.begin(), troubles.end());
  return workers_of(all);
}

// `lost` is null where the worker was stopped, or wasn't computing this one yet.
void Scheduler::lose(AttemptNumber number, const std::string* lost, bool was_alone) {
  const Attempt attempt = attempts_.at(number);
  drop(number);
  Job& job = jobs_.at(attempt.job);
  Segment& segment = job.open.at(attempt.segment);
  if (lost != nullptr) segment.lost.push_back(*lost);
  if (lost != nullptr && was_alone && segment.lost.size() >= options_.losses_of_segment) {
    std::string which;
    for (const auto& one : segment.lost) which += (which.empty() ? "" : ", ") + one;
    fail_job(attempt.job,
             count_of(segment.lost.size(), "worker") + " were lost while they computed segment " +
                 std::to_string(attempt.segment) + ": " + which,
             true);
  } else if (segment.running.empty()) {
    again(attempt.job, job, attempt.segment);
  }
}

// Forgets an attempt: it is done, failed, lost or revoked.
void Scheduler::drop(AttemptNumber number) {
  const auto node = attempts_.extract(number);
  const Attempt& attempt = node.mapped();
  std::erase(jobs_.at(attempt.job).open.at(attempt.segment).running, number);
  if (const auto running = running_.find(attempt.worker); running != running_.end()) {
    running->second.erase(number);
  }
  looks_.erase({attempt.look_at, number});
  if (!attempt.has_answered) pool_.ended(attempt.worker);
  turns_.ended(attempt.job);
}

void Scheduler::revoke(AttemptNumber number) {
  const WorkerId worker = attempts_.at(number).worker;
  if (pool_.contains(worker)) pending_.revoke.push_back({worker, number});
  drop(number);
}

void Scheduler::again(JobId id, Job& job, SegmentIndex index) {
  note_retry(job);
  if (job.open.at(index).is_suspect()) {
    job.suspects.insert(index);
    suspected_.insert(id);
    return;
  }
  job.ready.insert(index);
  turns_.set_ready(id, true);
}

void Scheduler::note_retry(Job& job) {
  ++job.retried;
  ++retried_;
}

void Scheduler::fail_job(JobId id, std::string reason, bool for_losses) {
  pending_.fail.push_back({id, std::move(reason), for_losses});
  job_removed(id);
}

// --- Handing out.

Actions Scheduler::decide(Milliseconds now) {
  take_back(now);
  Actions actions = std::exchange(pending_, {});
  place_suspects(now, actions);
  std::vector<JobId> stuck;  // there is room, but not at a worker that they may use
  while (pool_.any_has_room()) {
    const auto job = turns_.next();
    if (!job) break;
    if (hand_out(*job, now, actions)) continue;
    turns_.set_ready(*job, false);
    stuck.push_back(*job);
  }
  for (const JobId job : stuck) turns_.set_ready(job, true);
  hand_out_quick(now, actions);
  race_stragglers(now, actions);
  return actions;
}

std::optional<WorkerId> Scheduler::worker_for(const Job& job, const Segment& segment) const {
  const auto tried = segment.tried();
  if (const auto worker = pool_.find(*job.crew, tried)) return worker;
  if (tried.empty() || pool_.has_others(*job.crew, tried)) return std::nullopt;
  return pool_.find(*job.crew, {});
}

bool Scheduler::hand_out(JobId id, Milliseconds now, Actions& actions) {
  Job& job = jobs_.at(id);
  for (const SegmentIndex index : job.ready) {
    const Segment& segment = job.open.at(index);
    if (const auto worker = worker_for(job, segment)) {
      assign(id, job, index, *worker, now, actions);
      return true;
    }
    if (segment.failures.empty() && segment.troubles.empty()) return false;  // then there is nobody for any
  }
  return false;
}

// Beyond what workers have room for. One that nobody may have waits for room as any other.
void Scheduler::hand_out_quick(Milliseconds now, Actions& actions) {
  while (const auto id = turns_.next_quick()) {
    Job& job = jobs_.at(*id);
    const SegmentIndex index = *job.ready.begin();
    const auto worker = pool_.find_for_quick(*job.crew, workers_of(job.open.at(index).failures));
    if (!worker) return;
    assign(*id, job, index, *worker, now, actions);
  }
}

void Scheduler::assign(JobId id, Job& job, SegmentIndex index, WorkerId worker, Milliseconds now,
                       Actions& actions) {
  const AttemptNumber number = ++last_attempt_;
  const Milliseconds look_at = now + options_.straggler_floor;
  attempts_[number] = {worker, id, index, now, look_at, job.open.at(index).is_suspect()};
  looks_.insert({look_at, number});
  running_[worker].insert(number);
  pool_.started(worker);
  job.open.at(index).running.push_back(number);
  job.ready.erase(index);
  job.suspects.erase(index);
  if (job.suspects.empty()) suspected_.erase(id);
  turns_.set_ready(id, !job.ready.empty());
  turns_.started(id);
  actions.assign.push_back({worker, id, index, number});
}

// --- Stragglers.

Milliseconds Scheduler::patience(const Job& job) const {
  if (job.measured == 0) return first_patience * options_.straggler_floor;
  return std::max(options_.straggler_floor, static_cast<Milliseconds>(job.usual * options_.straggler_factor));
}

// A running mean, in which a straggler counts as one that was just not late: otherwise a few would hide the
// next.
void Scheduler::note_time(Job& job, Milliseconds taken) const {
  const auto time = static_cast<double>(std::min(taken, patience(job)));
  const double weight = std::max(slowest_update, 1.0 / static_cast<double>(++job.measured));
  job.usual += weight * (time - job.usual);
}

// Looks only at those whose time has come, and at each of them once in straggler_floor.
void Scheduler::race_stragglers(Milliseconds now, Actions& actions) {
  while (pool_.any_has_idle_slot() && !looks_.empty() && looks_.begin()->first <= now) {
    const AttemptNumber number = looks_.begin()->second;
    const Attempt attempt = attempts_.at(number);
    const Milliseconds late_at = attempt.started + patience(jobs_.at(attempt.job)) + 1;
    const Milliseconds next_look = now + options_.straggler_floor;
    look_again(number, late_at > now ? std::min(late_at, next_look) : next_look);
    if (late_at <= now) race(attempt, now, actions);
  }
}

void Scheduler::race(const Attempt& straggler, Milliseconds now, Actions& actions) {
  Job& job = jobs_.at(straggler.job);
  const Segment& segment = job.open.at(straggler.segment);
  if (segment.running.size() > 1 || segment.is_suspect()) return;
  auto avoid = segment.tried();
  avoid.push_back(straggler.worker);
  const auto worker = pool_.find(*job.crew, avoid);
  if (!worker || !pool_.has_idle_slot(*worker)) return;
  note_retry(job);
  assign(straggler.job, job, straggler.segment, *worker, now, actions);
}

void Scheduler::look_again(AttemptNumber number, Milliseconds when) {
  Attempt& attempt = attempts_.at(number);
  looks_.erase({attempt.look_at, number});
  attempt.look_at = when;
  looks_.insert({when, number});
}

}  // namespace tilework::engine
