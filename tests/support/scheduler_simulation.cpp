#include "tests/support/scheduler_simulation.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <queue>
#include <random>

#include "tests/support/checked_scheduler.h"

namespace tilework::test {

using namespace engine;

namespace {

constexpr Milliseconds tick_ms = 500;
constexpr Milliseconds heartbeat_deadline_ms = 8'000;
constexpr Milliseconds arrivals_ms = 15'000;
constexpr Milliseconds patience_ms = 3'600'000;
constexpr unsigned clients = 3;
constexpr unsigned steps_between_full_checks = 2'000;

struct Worker {
  unsigned slots;
  double slowness;
  std::string broken_filter{};   // it always fails that
  std::string missing_filter{};  // it lacks what that needs
  Milliseconds sick_until = 0;   // its machine can't do anything
  bool frozen = false;
  bool draining = false;
  std::deque<Assign> waiting{};
  std::set<AttemptNumber> computing{};
};

struct Job {
  FilterNames filters;
  SegmentIndex segments;
  SegmentIndex window;
  double usual_ms;
  std::optional<SegmentIndex> poisoned{};  // fails on every worker
  std::optional<SegmentIndex> evil{};      // ends every worker
  SegmentIndex next = 0;                   // to become ready
  SegmentIndex encoded = 0;                // all below are delivered
  std::set<SegmentIndex> delivered{};      // from there on
};

class Simulation {
 public:
  explicit Simulation(const SimulationPlan& plan) : plan_(plan), random_(plan.seed) {}
  SimulationReport run();

 private:
  // Chance.
  bool chance(double probability) { return std::bernoulli_distribution(probability)(random_); }
  Milliseconds between(Milliseconds low, Milliseconds high) {
    return std::uniform_int_distribution<Milliseconds>(low, high)(random_);
  }
  SegmentIndex about(unsigned mean) { return static_cast<SegmentIndex>(between(mean / 4 + 1, mean * 7 / 4)); }
  std::string any_filter() { return filters_.at(static_cast<std::size_t>(between(0, 4))); }
  // Time.
  struct Event {
    Milliseconds when;
    std::uint64_t order;
    std::function<void()> happen;
    bool operator<(const Event& other) const {  // the queue gives the greatest first
      return std::pair(when, order) > std::pair(other.when, other.order);
    }
  };
  void after(Milliseconds delay, std::function<void()> happen) {
    events_.push({now_ + delay, ++scheduled_, std::move(happen)});
  }
  void tick();
  // Workers.
  void join(Worker worker);
  enum class End { stopped, lost };
  void leave(WorkerId id, End how);
  bool is_evil(const Assign& assign) const;
  void end_by(WorkerId id, const Assign& evil);
  void mishap();
  void freeze(WorkerId id);
  void drain(WorkerId id);
  void fall_sick(WorkerId id);
  void start_next(WorkerId id);
  void finish(WorkerId id, const Assign& assign);
  Milliseconds time_for(const Worker& worker, const Assign& assign);
  // Answers.
  void answer(const Worker& worker, const Assign& assign);
  void look_at(const Assign& assign);
  void fail(AttemptNumber attempt, const std::string& filter);
  bool is_in_trouble(const Worker& worker, const Job& job) const;
  void meet_trouble(const Assign& assign, const std::string& filter);
  void succeed(const Assign& assign);
  // Jobs.
  void start_job(JobId id);
  void feed(JobId id);
  void deliver(const Assign& assign);
  void end_job(JobId id, unsigned SimulationReport::*how);
  void carry_out(const Actions& actions);

  SimulationPlan plan_;
  std::mt19937_64 random_;
  std::vector<std::string> filters_{"blur", "invert", "edges", "sharpen", "levels"};
  SimulationReport report_;
  CheckedScheduler scheduler_{SchedulerOptions{.losses_of_segment = plan_.losses_of_segment}};
  std::priority_queue<Event> events_;
  std::uint64_t scheduled_ = 0;
  Milliseconds now_ = 0;
  std::map<WorkerId, Worker> workers_;
  WorkerId last_worker_ = 0;
  std::map<JobId, Job> jobs_;
  unsigned ended_ = 0;
};

SimulationReport Simulation::run() {
  for (unsigned i = 0; i < plan_.workers; ++i) {
    Worker worker{.slots = static_cast<unsigned>(between(1, 4)), .slowness = between(30, 300) / 100.0};
    if (chance(0.01)) worker.broken_filter = any_filter();
    if (chance(0.05)) worker.missing_filter = any_filter();
    join(worker);
  }
  for (JobId id = 1; id <= plan_.jobs; ++id) after(between(0, arrivals_ms), [this, id] { start_job(id); });
  after(plan_.mishap_every, [this] { mishap(); });
  tick();
  for (unsigned step = 1; ended_ < plan_.jobs; ++step) {
    Event event = events_.top();
    events_.pop();
    now_ = event.when;
    if (now_ > patience_ms) throw std::runtime_error("a job doesn't end");
    event.happen();
    carry_out(scheduler_.decide(now_));
    if (step % steps_between_full_checks == 0) scheduler_.check_all_loads();
  }
  scheduler_.check_nothing_is_left(now_);
  report_.races = scheduler_.races();
  return report_;
}

// As the master calls for decisions now and then, whatever happens.
void Simulation::tick() {
  after(tick_ms, [this] { tick(); });
}

void Simulation::carry_out(const Actions& actions) {
  for (const Revoke& revoke : actions.revoke) {
    const auto found = workers_.find(revoke.worker);
    if (found == workers_.end() || (!plan_.has_evil && chance(0.3))) continue;  // some are too late
    std::erase_if(found->second.waiting, [&](const Assign& a) { return a.attempt == revoke.attempt; });
    if (found->second.computing.erase(revoke.attempt) > 0) start_next(revoke.worker);
  }
  for (const FailJob& fail : actions.fail) {
    if (fail.is_for_losses) {
      if (plan_.has_evil && !jobs_.at(fail.job).evil)
        throw BrokenPromise("no job fails for another's segment that ends workers");
      ++report_.convicted;
    }
    end_job(fail.job, &SimulationReport::failed);
  }
  for (const Assign& assign : actions.assign) {
    workers_.at(assign.worker).waiting.push_back(assign);
    start_next(assign.worker);
  }
}

// --- Workers.

void Simulation::join(Worker worker) {
  const WorkerId id = ++last_worker_;
  scheduler_.worker_joined(id, worker.slots);
  workers_[id] = std::move(worker);
}

// Nothing that it was doing gets done, and after a while it comes back.
void Simulation::leave(WorkerId id, End how) {
  const auto node = workers_.extract(id);
  if (node.empty()) return;
  ++report_.workers_lost;
  how == End::stopped ? scheduler_.worker_left(id) : scheduler_.worker_lost(id);
  const Worker& old = node.mapped();
  Worker worker{.slots = old.slots,
                .slowness = old.slowness,
                .broken_filter = old.broken_filter,
                .missing_filter = old.missing_filter,
                .sick_until = old.sick_until};
  after(between(0, 6'000), [this, worker] { join(worker); });
}

void Simulation::mishap() {
  after(between(1, 2 * plan_.mishap_every), [this] { mishap(); });
  if (workers_.empty()) return;
  const auto unlucky = std::next(workers_.begin(), between(0, std::ssize(workers_) - 1));
  switch (between(plan_.has_evil ? 3 : 0, 3)) {
    case 0:
      return leave(unlucky->first, End::lost);
    case 1:
      return freeze(unlucky->first);
    case 2:
      return fall_sick(unlucky->first);
    default:
      return drain(unlucky->first);
  }
}

// It gets segments all the same, until its silence is noticed.
void Simulation::freeze(WorkerId id) {
  if (std::exchange(workers_.at(id).frozen, true)) return;
  after(heartbeat_deadline_ms, [this, id] { leave(id, End::lost); });
}

void Simulation::drain(WorkerId id) {
  if (std::exchange(workers_.at(id).draining, true)) return;
  scheduler_.set_draining(id, true);
  after(between(500, 5'000), [this, id] {
    const auto found = workers_.find(id);
    if (found == workers_.end()) return;
    if (chance(0.5)) return leave(id, End::stopped);
    found->second.draining = false;
    scheduler_.set_draining(id, false);
  });
}

// Its disk is full, for a while.
void Simulation::fall_sick(WorkerId id) {
  workers_.at(id).sick_until = now_ + between(100, 40'000);
}

void Simulation::start_next(WorkerId id) {
  Worker& worker = workers_.at(id);
  while (worker.computing.size() < worker.slots && !worker.waiting.empty()) {
    const Assign assign = worker.waiting.front();
    worker.waiting.pop_front();
    worker.computing.insert(assign.attempt);
    if (is_evil(assign)) {
      after(between(1, 300), [this, id, assign] { end_by(id, assign); });
      continue;
    }
    after(time_for(worker, assign), [this, id, assign] { finish(id, assign); });
  }
}

bool Simulation::is_evil(const Assign& assign) const {
  const auto job = jobs_.find(assign.job);
  return job != jobs_.end() && job->second.evil == assign.segment;
}

// Unless it was revoked before. That is always in time: what is sent after it comes after it.
void Simulation::end_by(WorkerId id, const Assign& evil) {
  const auto found = workers_.find(id);
  if (found != workers_.end() && found->second.computing.contains(evil.attempt)) leave(id, End::lost);
}

Milliseconds Simulation::time_for(const Worker& worker, const Assign& assign) {
  const auto job = jobs_.find(assign.job);
  if (job == jobs_.end()) return 1;  // it has just been cancelled
  if (is_in_trouble(worker, job->second)) return between(1, 20);
  if (std::ranges::count(job->second.filters, worker.broken_filter) > 0) return between(1, 20);
  const double straggling = chance(0.003) ? 40 : 1;
  return 1 + static_cast<Milliseconds>(job->second.usual_ms * worker.slowness * straggling *
                                       static_cast<double>(between(80, 120)) / 100);
}

void Simulation::finish(WorkerId id, const Assign& assign) {
  const auto found = workers_.find(id);
  if (found == workers_.end()) {  // its last words may still be on the way
    if (chance(0.3)) succeed(assign);
    return;
  }
  Worker& worker = found->second;
  if (worker.frozen) return;
  if (worker.computing.erase(assign.attempt) == 0 && chance(0.5)) return;  // revoked, in time or not
  answer(worker, assign);
  start_next(id);
}

// --- Answers.

void Simulation::answer(const Worker& worker, const Assign& assign) {
  const auto job = jobs_.find(assign.job);
  if (job == jobs_.end()) return succeed(assign);
  if (is_in_trouble(worker, job->second)) {
    meet_trouble(assign, worker.sick_until > now_ ? "" : worker.missing_filter);
  } else if (std::ranges::count(job->second.filters, worker.broken_filter) > 0) {
    fail(assign.attempt, worker.broken_filter);
  } else if (job->second.poisoned == assign.segment || chance(0.003)) {
    fail(assign.attempt, chance(0.5) ? "" : job->second.filters.front());
  } else if (chance(0.1)) {
    look_at(assign);
  } else {
    succeed(assign);
    if (chance(0.02)) after(between(0, 3'000), [this, assign] { succeed(assign); });
    if (chance(0.01)) after(between(0, 3'000), [this, assign] { fail(assign.attempt, ""); });
  }
}

// It takes a while to find out whether the answer is good.
void Simulation::look_at(const Assign& assign) {
  ++report_.looked_at;
  scheduler_.answered(assign.attempt);
  if (chance(0.1)) scheduler_.answered(assign.attempt);
  after(between(0, 5'000), [this, assign] { chance(0.95) ? succeed(assign) : fail(assign.attempt, ""); });
}

void Simulation::fail(AttemptNumber attempt, const std::string& filter) {
  ++report_.failures;
  scheduler_.failed(attempt, filter);
}

bool Simulation::is_in_trouble(const Worker& worker, const Job& job) const {
  return worker.sick_until > now_ || std::ranges::count(job.filters, worker.missing_filter) > 0;
}

void Simulation::meet_trouble(const Assign& assign, const std::string& filter) {
  ++report_.troubles;
  scheduler_.met_trouble(assign.attempt, filter, now_);
}

void Simulation::succeed(const Assign& assign) {
  if (scheduler_.succeeded(assign.attempt, now_)) {
    deliver(assign);
  } else {
    ++report_.stale;
  }
}

// --- Jobs.

void Simulation::start_job(JobId id) {
  Job job{.filters = {any_filter()},
          .segments = about(plan_.segments),
          .window = about(plan_.window),
          .usual_ms = static_cast<double>(between(200, 2'000))};
  if (const auto second = any_filter(); second > job.filters.front()) job.filters.push_back(second);
  if (chance(0.1))
    job.poisoned = static_cast<SegmentIndex>(between(0, static_cast<Milliseconds>(job.segments) - 1));
  if (plan_.has_evil && chance(0.25))
    job.evil = static_cast<SegmentIndex>(between(0, static_cast<Milliseconds>(job.segments) - 1));
  if (chance(0.15)) after(between(0, 20'000), [this, id] { end_job(id, &SimulationReport::cancelled); });
  scheduler_.job_added(id, job.filters, static_cast<ClientId>(between(1, clients)));
  jobs_.emplace(id, std::move(job));
  feed(id);
}

// As a decoder delivers: some at a time, no further than the window allows, and not quite in order.
void Simulation::feed(JobId id) {
  Job& job = jobs_.at(id);
  std::vector<SegmentIndex> ready;
  while (job.next < std::min(job.segments, job.encoded + job.window)) ready.push_back(job.next++);
  std::shuffle(ready.begin(), ready.end(), random_);
  for (const SegmentIndex segment : ready) scheduler_.segment_ready(id, segment);
}

void Simulation::deliver(const Assign& assign) {
  Job& job = jobs_.at(assign.job);
  ++report_.delivered;
  if (!job.delivered.insert(assign.segment).second) throw BrokenPromise("a segment is delivered once");
  while (job.delivered.erase(job.encoded) > 0) ++job.encoded;
  if (job.encoded < job.segments) return feed(assign.job);
  end_job(assign.job, &SimulationReport::completed);
}

void Simulation::end_job(JobId id, unsigned SimulationReport::*how) {
  if (jobs_.erase(id) == 0) return;
  scheduler_.job_removed(id);
  ++(report_.*how);
  ++ended_;
}

}  // namespace

SimulationReport simulate(const SimulationPlan& plan) {
  return Simulation(plan).run();
}

}  // namespace tilework::test
