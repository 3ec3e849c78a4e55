#include "tests/support/checked_scheduler.h"

#include <algorithm>

namespace tilework::test {

using namespace engine;

namespace {

void promise(bool kept, const char* what) {
  if (!kept) throw BrokenPromise(what);
}

}  // namespace

// --- Events.

void CheckedScheduler::worker_joined(WorkerId worker, unsigned slots) {
  scheduler_.worker_joined(worker, slots);
  workers_[worker].slots = slots;
  sort_in(worker);
}

void CheckedScheduler::worker_left(WorkerId id) {
  scheduler_.worker_left(id);
  part(id, false);
}

void CheckedScheduler::worker_lost(WorkerId id) {
  scheduler_.worker_lost(id, "one");
  part(id, true);
}

void CheckedScheduler::part(WorkerId id, bool is_lost) {
  const auto node = workers_.extract(id);
  room_.erase(id);
  std::erase_if(to_revoke_, [&](const auto& revoke) { return revoke.first == id; });
  to_tell_.erase(id);
  std::set<JobId> there;
  for (const AttemptNumber number : node.mapped().running) there.insert(attempts_.at(number).job);
  unsigned place = 0;
  for (const AttemptNumber number : node.mapped().running) {
    // The oldest that haven't answered; the others were waiting.
    const bool was_computing = !node.mapped().answered.contains(number) && place++ < node.mapped().slots;
    if (attempts_.contains(number)) lose(number, is_lost && was_computing, there.size() == 1);
  }
  check_counts();
}

void CheckedScheduler::set_draining(WorkerId worker, bool draining) {
  scheduler_.set_draining(worker, draining);
  workers_.at(worker).draining = draining;
  sort_in(worker);
}

void CheckedScheduler::job_added(JobId id, FilterNames filters, ClientId client) {
  scheduler_.job_added(id, filters, client);
  Job& job = jobs_[id];
  job.filters = std::move(filters);
  job.client = client;
  job.rank.served = ++turn_;
  if (clients_[client].jobs++ == 0) clients_[client].rank = {0, turn_};
}

void CheckedScheduler::job_removed(JobId id) {
  if (jobs_.contains(id))
    promise(scheduler_.retried(id) == jobs_.at(id).retried, "it counts a job's retries");
  scheduler_.job_removed(id);
  forget_job(id);
  check_counts();
}

void CheckedScheduler::segment_ready(JobId id, SegmentIndex segment) {
  scheduler_.segment_ready(id, segment);
  const auto job = jobs_.find(id);
  if (job == jobs_.end()) return;
  job->second.open[segment];
  job->second.untried.insert(segment);
}

void CheckedScheduler::answered(AttemptNumber number) {
  scheduler_.answered(number);
  if (const auto found = attempts_.find(number); found != attempts_.end()) {
    workers_.at(found->second.worker).answered.insert(number);
    touched_.insert(found->second.worker);
    sort_in(found->second.worker);
  }
  check_counts();
}

bool CheckedScheduler::succeeded(AttemptNumber number, Milliseconds now) {
  const bool counts = scheduler_.succeeded(number, now);
  promise(counts == attempts_.contains(number),
          "a result counts if its attempt is waited for, and only then");
  if (!counts) return false;
  const Attempt attempt = attempts_.at(number);
  end_attempt(number);
  Job& job = jobs_.at(attempt.job);
  const Segment& segment = job.open.at(attempt.segment);
  revoke_all(segment);
  for (const Failure& failure : segment.failures) {
    if (failure.worker == attempt.worker) forgive(failure);
  }
  if (Worker& worker = workers_.at(attempt.worker); !worker.aside) worker.pause = 0;
  job.open.erase(attempt.segment);
  promise(job.done.insert(attempt.segment).second, "a segment is delivered once");
  check_counts();
  return true;
}

void CheckedScheduler::failed(AttemptNumber number, const std::string& filter) {
  scheduler_.failed(number, "it went wrong", filter);
  const auto found = attempts_.find(number);
  if (found == attempts_.end()) return check_counts();
  const Attempt attempt = found->second;
  end_attempt(number);
  Job& job = jobs_.at(attempt.job);
  Segment& segment = job.open.at(attempt.segment);
  segment.failures.push_back({attempt.worker, filter.empty() ? job.filters : FilterNames{filter}});
  for (const auto& name : segment.failures.back().filters) ++workers_.at(attempt.worker).failures[name];
  sort_in(attempt.worker);
  go_on(attempt);
  check_counts();
}

void CheckedScheduler::met_trouble(AttemptNumber number, const std::string& filter, Milliseconds now) {
  scheduler_.met_trouble(number, "the disk is full", filter, now);
  const auto found = attempts_.find(number);
  if (found == attempts_.end()) return check_counts();
  const Attempt attempt = found->second;
  end_attempt(number);
  Segment& segment = jobs_.at(attempt.job).open.at(attempt.segment);
  segment.troubles.push_back({attempt.worker, filter.empty() ? FilterNames{} : FilterNames{filter}});
  if (filter.empty()) {
    set_aside(attempt.worker, now);
  } else {
    workers_.at(attempt.worker).failures[filter] += options_.failures_of_worker;
    sort_in(attempt.worker);
  }
  go_on(attempt);
  check_counts();
}

Actions CheckedScheduler::decide(Milliseconds now) {
  const Actions actions = scheduler_.decide(now);
  end_pauses(now);
  std::set<std::pair<WorkerId, AttemptNumber>> revoked;
  for (const Revoke& revoke : actions.revoke) revoked.insert({revoke.worker, revoke.attempt});
  promise(revoked.size() == actions.revoke.size() && revoked == std::exchange(to_revoke_, {}),
          "what isn't wanted any more is revoked, once, and nothing else");
  std::set<JobId> failed;
  for (const FailJob& fail : actions.fail) failed.insert(fail.job);
  promise(failed.size() == actions.fail.size() && failed == std::exchange(to_fail_, {}),
          "a job fails when one of its segments is hopeless, once, and only then");
  std::map<WorkerId, Milliseconds> told;
  for (const Aside& aside : actions.aside) told[aside.worker] = aside.pause;  // the last word counts
  promise(told == std::exchange(to_tell_, {}),
          "it is told who is set aside, and for how long, and who is back");
  for (const Assign& assign : actions.assign) check_assign(assign, now);
  check_nobody_idles();
  check_counts();
  return actions;
}

// --- What the model knows.

bool CheckedScheduler::Segment::failed_on(WorkerId worker) const {
  return std::ranges::find(failures, worker, &Failure::worker) != failures.end() ||
         std::ranges::find(troubles, worker, &Failure::worker) != troubles.end();
}

std::size_t CheckedScheduler::Segment::workers_failed() const {
  std::set<WorkerId> workers;
  for (const Failure& failure : failures) workers.insert(failure.worker);
  return workers.size();
}

bool CheckedScheduler::is_trusted(const Worker& worker, const FilterNames& filters) const {
  return std::ranges::none_of(filters, [&](const std::string& filter) {
    const auto found = worker.failures.find(filter);
    return found != worker.failures.end() && found->second >= options_.failures_of_worker;
  });
}

bool CheckedScheduler::is_trusted_with_all(const Worker& worker) const {
  return std::ranges::none_of(worker.failures,
                              [&](const auto& entry) { return entry.second >= options_.failures_of_worker; });
}

bool CheckedScheduler::has_room(const Worker& worker) const {
  return is_usable(worker) && worker.load() < worker.slots + options_.prefetch;
}

bool CheckedScheduler::anyone_trusted(const Job& job) const {
  return std::ranges::any_of(workers_, [&](const auto& entry) {
    return is_usable(entry.second) && is_trusted(entry.second, job.filters);
  });
}

// Whom the segment may go to, now or later, and hasn't failed on.
bool CheckedScheduler::anyone_else(const Job& job, const Segment& segment) const {
  const bool trust_matters = anyone_trusted(job);
  return std::ranges::any_of(workers_, [&](const auto& entry) {
    const auto& [id, worker] = entry;
    return is_usable(worker) && !segment.failed_on(id) && (!trust_matters || is_trusted(worker, job.filters));
  });
}

// --- How the model changes.

void CheckedScheduler::sort_in(WorkerId id) {
  const auto found = workers_.find(id);
  if (found == workers_.end()) return;
  if (has_room(found->second) && is_trusted_with_all(found->second)) {
    room_.insert(id);
  } else {
    room_.erase(id);
  }
}

void CheckedScheduler::end_attempt(AttemptNumber number) {
  const auto node = attempts_.extract(number);
  const Attempt& attempt = node.mapped();
  Job& job = jobs_.at(attempt.job);
  job.open.at(attempt.segment).running.erase(number);
  --job.rank.in_flight;
  --clients_.at(job.client).rank.in_flight;
  if (const auto worker = workers_.find(attempt.worker); worker != workers_.end()) {
    worker->second.running.erase(number);
    worker->second.answered.erase(number);
    sort_in(attempt.worker);
    touched_.insert(attempt.worker);
  }
}

void CheckedScheduler::set_aside(WorkerId id, Milliseconds now) {
  Worker& worker = workers_.at(id);
  if (std::exchange(worker.aside, true)) return;
  worker.pause =
      worker.pause == 0 ? options_.first_pause : std::min(2 * worker.pause, options_.longest_pause);
  worker.tried_at = now + worker.pause;
  to_tell_[id] = worker.pause;
  sort_in(id);
}

void CheckedScheduler::take_back(WorkerId id) {
  workers_.at(id).aside = false;
  to_tell_[id] = 0;
  sort_in(id);
}

void CheckedScheduler::end_pauses(Milliseconds now) {
  for (auto& [id, worker] : workers_) {
    if (worker.aside && worker.tried_at <= now) take_back(id);
  }
}

// Where a segment went wrong everywhere, nobody can say that it was the workers.
void CheckedScheduler::absolve(const Segment& segment) {
  for (const Failure& trouble : segment.troubles) {
    const auto found = workers_.find(trouble.worker);
    if (found == workers_.end()) continue;
    for (const auto& filter : trouble.filters)
      found->second.failures.at(filter) -= options_.failures_of_worker;
    if (!trouble.filters.empty()) {
      sort_in(trouble.worker);
    } else if (found->second.aside) {
      take_back(trouble.worker);
      found->second.pause = 0;
    }
  }
}

bool CheckedScheduler::is_hopeless(const Job& job, const Segment& segment) const {
  if (segment.workers_failed() >= options_.failures_of_segment) return true;
  if (anyone_else(job, segment)) return false;
  return segment.failures.size() >= options_.failures_of_segment ||
         (segment.troubles.size() >= options_.troubles_of_segment && segment.running.empty());
}

void CheckedScheduler::go_on(const Attempt& attempt) {
  Job& job = jobs_.at(attempt.job);
  const Segment& segment = job.open.at(attempt.segment);
  if (is_hopeless(job, segment)) {
    absolve(segment);
    to_fail_.insert(attempt.job);
    forget_job(attempt.job);
  } else if (segment.running.empty()) {
    wait_again(job, attempt.segment);
  }
}

void CheckedScheduler::lose(AttemptNumber number, bool counts, bool was_alone) {
  const Attempt attempt = attempts_.at(number);
  end_attempt(number);
  Job& job = jobs_.at(attempt.job);
  Segment& segment = job.open.at(attempt.segment);
  if (counts) ++segment.lost;
  if (counts && was_alone && segment.lost >= options_.losses_of_segment) {
    to_fail_.insert(attempt.job);
    forget_job(attempt.job);
  } else if (segment.running.empty()) {
    wait_again(job, attempt.segment);
  }
}

void CheckedScheduler::wait_again(Job& job, SegmentIndex index) {
  ++job.retried;
  ++retried_;
  const Segment& segment = job.open.at(index);
  (segment.lost > 0 ? job.suspects : segment.is_untried() ? job.untried : job.failed).insert(index);
}

void CheckedScheduler::forgive(const Failure& failure) {
  const auto worker = workers_.find(failure.worker);
  if (worker == workers_.end()) return;
  for (const auto& filter : failure.filters) --worker->second.failures.at(filter);
  sort_in(failure.worker);
}

void CheckedScheduler::revoke_all(const Segment& segment) {
  while (!segment.running.empty()) {
    const AttemptNumber number = *segment.running.begin();
    const WorkerId worker = attempts_.at(number).worker;
    if (workers_.contains(worker)) to_revoke_.insert({worker, number});
    end_attempt(number);
  }
}

void CheckedScheduler::forget_job(JobId id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return;
  for (const auto& [index, segment] : found->second.open) {
    revoke_all(segment);
    std::ranges::for_each(segment.failures, [&](const Failure& failure) { forgive(failure); });
  }
  const auto client = clients_.find(found->second.client);
  if (--client->second.jobs == 0) clients_.erase(client);
  jobs_.erase(found);
}

// --- What is compared.

void CheckedScheduler::check_assign(const Assign& assign, Milliseconds now) {
  promise(assign.attempt > last_attempt_, "attempt numbers strictly increase");
  last_attempt_ = assign.attempt;
  promise(workers_.contains(assign.worker), "only connected workers get segments");
  Worker& worker = workers_.at(assign.worker);
  promise(!worker.draining, "a draining worker gets nothing new");
  promise(!worker.aside, "a worker that is set aside gets nothing before its pause is over");
  promise(worker.load() < worker.slots + options_.prefetch, "a worker gets no more than it has room for");
  promise(jobs_.contains(assign.job), "only segments of present jobs are handed out");
  Job& job = jobs_.at(assign.job);
  promise(job.open.contains(assign.segment), "only segments that are ready and not done are handed out");
  Segment& segment = job.open.at(assign.segment);
  promise(is_trusted(worker, job.filters) || !anyone_trusted(job),
          "a distrusted worker gets it only if nobody is trusted");
  check_company(assign, worker);
  if (segment.running.empty()) {
    check_first_attempt(assign, worker, job);
  } else {
    check_race(assign, worker, segment, now);
    ++races_;
    ++job.retried;
    ++retried_;
  }
  job.untried.erase(assign.segment);
  job.failed.erase(assign.segment);
  job.suspects.erase(assign.segment);
  segment.running.insert(assign.attempt);
  worker.running.insert(assign.attempt);
  attempts_[assign.attempt] = {assign.worker, assign.job, assign.segment, now, segment.lost > 0};
  ++turn_;
  for (Rank* rank : {&job.rank, &clients_.at(job.client).rank}) *rank = {rank->in_flight + 1, turn_};
  sort_in(assign.worker);
  touched_.insert(assign.worker);
}

void CheckedScheduler::check_first_attempt(const Assign& assign, const Worker& worker, const Job& job) const {
  const Segment& segment = job.open.at(assign.segment);
  if (segment.lost == 0 && segment.is_untried()) {
    promise(assign.segment == *job.untried.begin(), "segments are handed out in the order of their index");
  }
  promise(!segment.failed_on(assign.worker) || !anyone_else(job, segment),
          "a failed segment goes to a worker that hasn't failed on it, if there is one");
  if (segment.lost == 0 && is_trusted_with_all(worker) && !has_suspect(worker)) check_turn(job);
}

bool CheckedScheduler::has_suspect(const Worker& worker) const {
  return std::ranges::any_of(worker.running,
                             [&](AttemptNumber number) { return attempts_.at(number).is_suspect; });
}

// So that a worker that is lost with a suspect has had to do with its job alone. A segment that was raced
// when it became one may be in other company; it isn't blamed there.
void CheckedScheduler::check_company(const Assign& assign, const Worker& worker) const {
  const bool is_suspect = jobs_.at(assign.job).open.at(assign.segment).lost > 0;
  promise(!is_suspect || worker.load() < worker.slots, "a suspect doesn't wait at a worker");
  if (is_suspect || has_suspect(worker)) {
    promise(std::ranges::all_of(worker.running,
                                [&](AttemptNumber number) { return attempts_.at(number).job == assign.job; }),
            "a suspect and other jobs' segments are never at one worker");
  }
}

// Of the jobs that any worker would have done for.
void CheckedScheduler::check_turn(const Job& job) const {
  const Rank& client = clients_.at(job.client).rank;
  for (const auto& [id, other] : jobs_) {
    if (other.untried.empty()) continue;
    if (other.client == job.client) {
      promise(job.rank <= other.rank, "the job that has least in flight comes first");
    } else {
      promise(client <= clients_.at(other.client).rank, "the client that has least in flight comes first");
    }
  }
}

void CheckedScheduler::check_race(const Assign& assign, const Worker& worker, const Segment& segment,
                                  Milliseconds now) const {
  promise(segment.lost == 0, "a suspect isn't raced");
  promise(segment.running.size() == 1, "a segment has at most two attempts at a time");
  const Attempt& first = attempts_.at(*segment.running.begin());
  promise(!workers_.at(first.worker).answered.contains(*segment.running.begin()),
          "what has come isn't raced");
  promise(first.worker != assign.worker, "a second attempt runs on another worker");
  promise(now - first.started >= options_.straggler_floor, "only stragglers are raced");
  promise(worker.load() < worker.slots, "stragglers are raced where a slot is free");
  promise(!segment.failed_on(assign.worker), "a straggler isn't raced where it has failed");
}

void CheckedScheduler::check_nobody_idles() const {
  auto idle = room_;
  std::erase_if(idle, [&](WorkerId worker) { return has_suspect(workers_.at(worker)); });
  // For each job whose suspects wait, one may be kept free.
  const auto kept =
      std::ranges::count_if(jobs_, [](const auto& entry) { return !entry.second.suspects.empty(); });
  if (std::ssize(idle) <= kept) return;
  for (const auto& [id, job] : jobs_) {
    promise(job.untried.empty(), "no segment waits while a worker has room");
    for (const SegmentIndex index : job.failed) {
      const Segment& segment = job.open.at(index);
      promise(
          std::ranges::count_if(idle, [&](WorkerId worker) { return !segment.failed_on(worker); }) <= kept,
          "no failed segment waits while a worker that hasn't failed on it has room");
    }
  }
}

void CheckedScheduler::check_counts() {
  for (const WorkerId id : std::exchange(touched_, {})) {
    const auto worker = workers_.find(id);
    const std::size_t load = worker == workers_.end() ? 0 : worker->second.load();
    promise(scheduler_.load(id) == load, "a worker's load is known");
  }
  promise(scheduler_.in_flight() == attempts_.size(), "what is in flight is known");
  promise(scheduler_.workers() == workers_.size(), "who is connected is known");
  promise(scheduler_.retried() == retried_, "retries are counted");
}

void CheckedScheduler::check_all_loads() const {
  for (const auto& [id, worker] : workers_) {
    promise(scheduler_.load(id) == worker.load(), "each worker's load is known");
  }
}

void CheckedScheduler::check_nothing_is_left(Milliseconds now) {
  decide(now);
  promise(jobs_.empty() && attempts_.empty() && scheduler_.in_flight() == 0, "nothing is left in flight");
  check_all_loads();
  const Actions after = scheduler_.decide(now);
  promise(after.assign.empty() && after.revoke.empty() && after.fail.empty(), "nothing is left to do");
}

}  // namespace tilework::test
