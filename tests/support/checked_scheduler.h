// A scheduler with its promises: each call goes to it and to a plain model of what it must know by then, and
// whatever it answers is compared. The model is written for clearness alone; it looks through everything
// where something rare has happened. One thread.
#pragma once

#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "server/engine/scheduler/scheduler.h"

namespace tilework::test {

struct BrokenPromise : std::logic_error {
  using std::logic_error::logic_error;
};

class CheckedScheduler {
 public:
  explicit CheckedScheduler(engine::SchedulerOptions options) : options_(options), scheduler_(options) {}

  // As the scheduler's own. Each may throw BrokenPromise. A worker's id is used once.
  void worker_joined(engine::WorkerId worker, unsigned slots);
  void worker_left(engine::WorkerId worker);
  void worker_lost(engine::WorkerId worker);
  void set_draining(engine::WorkerId worker, bool draining);
  void job_added(engine::JobId job, engine::FilterNames filters, engine::ClientId client);
  void job_removed(engine::JobId job);
  void segment_ready(engine::JobId job, engine::SegmentIndex segment);
  void answered(engine::AttemptNumber attempt);
  bool succeeded(engine::AttemptNumber attempt, engine::Milliseconds now);
  void failed(engine::AttemptNumber attempt, const std::string& filter);
  void met_trouble(engine::AttemptNumber attempt, const std::string& filter, engine::Milliseconds now);
  engine::Actions decide(engine::Milliseconds now);

  // Compares what is otherwise compared only for those that took part: every worker's load.
  void check_all_loads() const;
  // To be called when all jobs are removed.
  void check_nothing_is_left(engine::Milliseconds now);

  std::uint64_t races() const { return races_; }

 private:
  struct Rank {  // less is served sooner
    std::size_t in_flight = 0;
    std::uint64_t served = 0;
    auto operator<=>(const Rank&) const = default;
  };
  struct Worker {
    unsigned slots;
    bool draining = false;
    bool aside = false;
    engine::Milliseconds tried_at = 0;  // again, after the last pause
    engine::Milliseconds pause = 0;     // the last; 0 once it has proved that it can work
    std::set<engine::AttemptNumber> running;
    std::set<engine::AttemptNumber> answered;  // of these
    std::map<std::string, unsigned> failures;  // by filter
    std::size_t load() const { return running.size() - answered.size(); }
  };
  struct Attempt {
    engine::WorkerId worker;
    engine::JobId job;
    engine::SegmentIndex segment;
    engine::Milliseconds started;
    bool is_suspect;  // was, when it was assigned
  };
  struct Failure {
    engine::WorkerId worker;
    engine::FilterNames filters;
  };
  struct Segment {
    std::set<engine::AttemptNumber> running;
    std::vector<Failure> failures;
    std::vector<Failure> troubles;  // without filters where the worker was set aside
    unsigned lost = 0;
    bool is_untried() const { return failures.empty() && troubles.empty(); }
    bool failed_on(engine::WorkerId worker) const;  // or met trouble there
    std::size_t workers_failed() const;
  };
  struct Job {
    engine::FilterNames filters;
    engine::ClientId client;
    Rank rank;
    std::map<engine::SegmentIndex, Segment> open;
    std::set<engine::SegmentIndex> untried;   // ready, without a failure or trouble
    std::set<engine::SegmentIndex> failed;    // ready, with one
    std::set<engine::SegmentIndex> suspects;  // likewise, but a worker was lost over them
    std::set<engine::SegmentIndex> done;
    std::uint64_t retried = 0;
  };
  struct Client {
    Rank rank;
    std::size_t jobs = 0;
  };

  // What the model knows.
  bool is_trusted(const Worker& worker, const engine::FilterNames& filters) const;
  bool is_trusted_with_all(const Worker& worker) const;
  static bool is_usable(const Worker& worker) { return !worker.draining && !worker.aside; }
  bool has_room(const Worker& worker) const;
  bool anyone_trusted(const Job& job) const;
  bool anyone_else(const Job& job, const Segment& segment) const;
  // How the model changes.
  void sort_in(engine::WorkerId worker);
  void end_attempt(engine::AttemptNumber number);
  void set_aside(engine::WorkerId worker, engine::Milliseconds now);
  void take_back(engine::WorkerId worker);
  void end_pauses(engine::Milliseconds now);
  void absolve(const Segment& segment);
  bool is_hopeless(const Job& job, const Segment& segment) const;
  void go_on(const Attempt& attempt);
  void part(engine::WorkerId worker, bool is_lost);
  void lose(engine::AttemptNumber number, bool counts, bool was_alone);
  void wait_again(Job& job, engine::SegmentIndex index);
  void forgive(const Failure& failure);
  void revoke_all(const Segment& segment);
  void forget_job(engine::JobId id);
  // What is compared.
  void check_assign(const engine::Assign& assign, engine::Milliseconds now);
  void check_first_attempt(const engine::Assign& assign, const Worker& worker, const Job& job) const;
  bool has_suspect(const Worker& worker) const;
  void check_company(const engine::Assign& assign, const Worker& worker) const;
  void check_turn(const Job& job) const;
  void check_race(const engine::Assign& assign, const Worker& worker, const Segment& segment,
                  engine::Milliseconds now) const;
  void check_nobody_idles() const;
  void check_counts();

  engine::SchedulerOptions options_;
  engine::Scheduler scheduler_;
  std::map<engine::WorkerId, Worker> workers_;
  std::set<engine::WorkerId> room_;     // at these, for anything
  std::set<engine::WorkerId> touched_;  // whose load has changed since it was compared
  std::map<engine::JobId, Job> jobs_;
  std::map<engine::ClientId, Client> clients_;
  std::map<engine::AttemptNumber, Attempt> attempts_;
  engine::AttemptNumber last_attempt_ = 0;
  std::uint64_t turn_ = 0;
  std::uint64_t retried_ = 0;
  std::uint64_t races_ = 0;
  // Of the next decide().
  std::set<std::pair<engine::WorkerId, engine::AttemptNumber>> to_revoke_;
  std::set<engine::JobId> to_fail_;
  std::map<engine::WorkerId, engine::Milliseconds> to_tell_;  // pauses; 0: it is tried again
};

}  // namespace tilework::test
