#include "server/engine/scheduler/scheduler.h"

#include <algorithm>
#include <utility>

namespace tilework::engine {

void Scheduler::worker_joined(WorkerId worker, unsigned slots) {
  worker_left(worker);
  workers_[worker].capacity = slots + options_.prefetch;
  refresh(worker);
}

void Scheduler::worker_left(WorkerId worker) {
  const auto found = workers_.find(worker);
  if (found == workers_.end()) return;
  const auto lost = found->second.running;
  for (const AttemptNumber number : lost) {
    const auto running = attempts_.find(number);
    if (running == attempts_.end()) continue;  // its job has just failed
    const Attempt attempt = running->second;
    drop(number);
    Job& job = jobs_.at(attempt.job);
    Segment& segment = job.open.at(attempt.segment);
    if (++segment.lost >= options_.losses_of_segment) {
      fail_job(attempt.job, "segment " + std::to_string(attempt.segment) + " was lost with " +
                                std::to_string(segment.lost) + " workers in turn");
    } else if (segment.running.empty()) {
      again(attempt.job, job, attempt.segment);
    }
  }
  if (found->second.free_key) free_.erase(*found->second.free_key);
  workers_.erase(found);
}

void Scheduler::set_draining(WorkerId worker, bool draining) {
  const auto found = workers_.find(worker);
  if (found == workers_.end()) return;
  found->second.draining = draining;
  refresh(worker);
}

void Scheduler::job_added(JobId job, const std::string& recipe) {
  jobs_[job].recipe = recipe;
}

void Scheduler::job_removed(JobId id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return;
  for (auto& [index, segment] : found->second.open) {
    while (!segment.running.empty()) {
      const AttemptNumber number = segment.running.back();
      pending_.revoke.push_back({attempts_.at(number).worker, number});
      drop(number);
    }
  }
  runnable_.erase(id);
  jobs_.erase(found);
}

void Scheduler::segment_ready(JobId id, SegmentIndex segment) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || !found->second.open.try_emplace(segment).second) return;
  found->second.ready.insert(segment);
  runnable_.insert(id);
}

bool Scheduler::succeeded(AttemptNumber number, Milliseconds now) {
  const auto found = attempts_.find(number);
  if (found == attempts_.end()) return false;
  const Attempt attempt = found->second;
  Job& job = jobs_.at(attempt.job);
  drop(number);
  Segment& segment = job.open.at(attempt.segment);
  while (!segment.running.empty()) {  // the losers of the race
    pending_.revoke.push_back({attempts_.at(segment.running.back()).worker, segment.running.back()});
    drop(segment.running.back());
  }
  blame_workers(job, segment);
  job.open.erase(attempt.segment);
  ++job.measured;
  const double weight = std::max(1.0 / 32, 1.0 / static_cast<double>(job.measured));
  job.usual += weight * (static_cast<double>(now - attempt.started) - job.usual);
  return true;
}

void Scheduler::failed(AttemptNumber number, const std::string& reason) {
  const auto found = attempts_.find(number);
  if (found == attempts_.end()) return;
  const Attempt attempt = found->second;
  drop(number);
  Job& job = jobs_.at(attempt.job);
  Segment& segment = job.open.at(attempt.segment);
  segment.failed_on.push_back(attempt.worker);
  if (segment.failed_on.size() >= options_.failures_of_segment) {
    fail_job(attempt.job, reason);
  } else if (segment.running.empty()) {
    again(attempt.job, job, attempt.segment);
  }
}

Actions Scheduler::decide(Milliseconds now) {
  Actions actions = std::exchange(pending_, {});
  std::size_t idle_turns = 0;
  while (!free_.empty() && idle_turns < runnable_.size()) {
    auto next = runnable_.upper_bound(last_served_);
    if (next == runnable_.end()) next = runnable_.begin();
    last_served_ = *next;
    const bool assigned = hand_out(last_served_, jobs_.at(last_served_), now, actions);
    idle_turns = assigned ? 0 : idle_turns + 1;
  }
  if (!free_.empty()) race_stragglers(now, actions);
  return actions;
}

std::uint64_t Scheduler::retried(JobId job) const {
  const auto found = jobs_.find(job);
  return found == jobs_.end() ? 0 : found->second.retried;
}

unsigned Scheduler::load(WorkerId worker) const {
  const auto found = workers_.find(worker);
  return found == workers_.end() ? 0 : static_cast<unsigned>(found->second.running.size());
}

bool Scheduler::is_trusted(const Worker& worker, const Job& job) const {
  const auto failures = worker.failures.find(job.recipe);
  return failures == worker.failures.end() || failures->second < options_.failures_of_worker;
}

// Puts a worker where it belongs among those with room.
void Scheduler::refresh(WorkerId id) {
  Worker& worker = workers_.at(id);
  if (worker.free_key) free_.erase(*worker.free_key);
  worker.free_key.reset();
  const auto load = static_cast<unsigned>(worker.running.size());
  if (worker.draining || load >= worker.capacity) return;
  worker.free_key = {load, id};
  free_.insert(*worker.free_key);
}

std::optional<WorkerId> Scheduler::worker_for(const Job& job, const Segment& segment) const {
  const auto suits = [&](WorkerId id, const Worker& worker) {
    return is_trusted(worker, job) && std::ranges::find(segment.failed_on, id) == segment.failed_on.end();
  };
  const auto runs_it = [&](WorkerId id) {
    return std::ranges::any_of(segment.running,
                               [&](AttemptNumber n) { return attempts_.at(n).worker == id; });
  };
  std::optional<WorkerId> fallback;
  for (const auto& [load, id] : free_) {
    if (runs_it(id)) continue;
    if (suits(id, workers_.at(id))) return id;
    if (!fallback) fallback = id;
  }
  // Only workers with a failure behind them have room. They get it when there is nobody better, busy or not.
  if (!fallback || !segment.running.empty()) return std::nullopt;
  const bool better = std::ranges::any_of(workers_, [&](const auto& entry) {
    return !entry.second.draining && suits(entry.first, entry.second);
  });
  return better ? std::nullopt : fallback;
}

bool Scheduler::hand_out(JobId id, Job& job, Milliseconds now, Actions& actions) {
  for (const SegmentIndex index : job.ready) {
    const auto worker = worker_for(job, job.open.at(index));
    if (!worker) continue;
    assign(id, job, index, *worker, now, actions);
    return true;
  }
  return false;
}

void Scheduler::assign(JobId id, Job& job, SegmentIndex index, WorkerId worker, Milliseconds now,
                       Actions& actions) {
  const AttemptNumber number = ++last_attempt_;
  attempts_[number] = {worker, id, index, now};
  by_start_.insert({now, number});
  job.open.at(index).running.push_back(number);
  if (job.ready.erase(index) > 0 && job.ready.empty()) runnable_.erase(id);
  workers_.at(worker).running.insert(number);
  refresh(worker);
  actions.assign.push_back({worker, id, index, number});
}

void Scheduler::race_stragglers(Milliseconds now, Actions& actions) {
  std::vector<AttemptNumber> late;
  for (const auto& [started, number] : by_start_) {
    if (now - started < options_.straggler_floor) break;
    const Attempt& attempt = attempts_.at(number);
    const Job& job = jobs_.at(attempt.job);
    const double limit = job.measured > 0 ? job.usual * options_.straggler_factor
                                          : 10.0 * static_cast<double>(options_.straggler_floor);
    if (static_cast<double>(now - started) > limit) late.push_back(number);
  }
  for (const AttemptNumber number : late) {
    const Attempt attempt = attempts_.at(number);
    Job& job = jobs_.at(attempt.job);
    if (job.open.at(attempt.segment).running.size() != 1) continue;
    const auto worker = worker_for(job, job.open.at(attempt.segment));
    if (!worker) continue;
    ++job.retried;
    ++retried_;
    assign(attempt.job, job, attempt.segment, *worker, now, actions);
  }
}

// Forgets an attempt: it is done, failed, lost or revoked.
void Scheduler::drop(AttemptNumber number) {
  const auto found = attempts_.find(number);
  const Attempt attempt = found->second;
  std::erase(jobs_.at(attempt.job).open.at(attempt.segment).running, number);
  workers_.at(attempt.worker).running.erase(number);
  by_start_.erase({attempt.started, number});
  attempts_.erase(found);
  refresh(attempt.worker);
}

void Scheduler::again(JobId id, Job& job, SegmentIndex index) {
  ++job.retried;
  ++retried_;
  job.ready.insert(index);
  runnable_.insert(id);
}

void Scheduler::blame_workers(const Job& job, const Segment& segment) {
  for (const WorkerId id : segment.failed_on) {
    const auto worker = workers_.find(id);
    if (worker != workers_.end()) ++worker->second.failures[job.recipe];
  }
}

void Scheduler::fail_job(JobId id, std::string reason) {
  pending_.fail.push_back({id, std::move(reason)});
  job_removed(id);
}

}  // namespace tilework::engine
