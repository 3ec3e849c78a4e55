// Decides which worker computes which segment. A pure state machine: events in, actions out, the clock an
// argument; no threads, no sockets. The master tells it everything that happens, and carries out what it
// says.
//
// A job's segments are told of one by one, as their pixels become ready, and are forgotten when their result
// has come: memory follows what is in flight, not the image. Segments are handed out in the order of their
// index, for the encoder needs them so, and jobs take turns.
//
// Attempts. Every try of a segment has a number of its own, for ever unique under this scheduler. A result
// counts only while its attempt is one that the scheduler still waits for; all others are stale. A segment
// that takes far longer than its job's others is tried on a second worker when nothing else is to do; the
// first result wins.
//
// Failures. A segment that has failed is tried on a worker that hasn't failed on it, if there is one; the
// third failure fails the job. Where another worker then succeeds, the failure was the worker's own: after
// three of those for one recipe it gets no more of that recipe until it joins again, unless nobody else is
// there. A lost worker is nobody's failure, but a segment that has lost five of them fails its job.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace tilework::engine {

using WorkerId = std::uint64_t;
using JobId = std::uint64_t;
using SegmentIndex = std::uint64_t;
using AttemptNumber = std::uint64_t;
using Milliseconds = std::int64_t;  // of any clock that doesn't go back

struct SchedulerOptions {
  unsigned prefetch = 1;             // segments that wait at a worker beyond its slots
  unsigned failures_of_segment = 3;  // that fail the job
  unsigned failures_of_worker = 3;   // for one recipe, after which it gets no more of it
  unsigned losses_of_segment = 5;    // workers lost with it, that fail the job
  double straggler_factor = 4.0;     // of the job's usual time
  Milliseconds straggler_floor = 2'000;
};

// What the master has to do.
struct Assign {
  WorkerId worker;
  JobId job;
  SegmentIndex segment;
  AttemptNumber attempt;
};
struct Revoke {  // the result is no longer wanted; the work should end
  WorkerId worker;
  AttemptNumber attempt;
};
struct FailJob {
  JobId job;
  std::string reason;
};
struct Actions {
  std::vector<Assign> assign;
  std::vector<Revoke> revoke;
  std::vector<FailJob> fail;
};

class Scheduler {
 public:
  explicit Scheduler(SchedulerOptions options = {}) : options_(options) {}

  void worker_joined(WorkerId worker, unsigned slots);
  // Its segments go to the front again.
  void worker_left(WorkerId worker);
  // A draining worker finishes what it has, and gets nothing new.
  void set_draining(WorkerId worker, bool draining);

  // `recipe` names the filters, for counting a worker's failures: equal for jobs with the same ones.
  void job_added(JobId job, const std::string& recipe);
  // Ended, cancelled or failed: all that is known of it is forgotten, and what runs is revoked.
  void job_removed(JobId job);
  void segment_ready(JobId job, SegmentIndex segment);

  // True when this result is the segment's; then the segment is done.
  bool succeeded(AttemptNumber attempt, Milliseconds now);
  // `reason` is for a person. Stale attempts change nothing.
  void failed(AttemptNumber attempt, const std::string& reason);

  // Call after events, and now and then for stragglers. What it returns has been noted as done.
  Actions decide(Milliseconds now);

  std::size_t workers() const { return workers_.size(); }
  // Assigned, and neither done nor lost.
  std::size_t in_flight() const { return attempts_.size(); }
  std::uint64_t retried() const { return retried_; }
  // Attempts of the job that had to be made again so far.
  std::uint64_t retried(JobId job) const;
  unsigned load(WorkerId worker) const;

 private:
  struct Attempt {
    WorkerId worker;
    JobId job;
    SegmentIndex segment;
    Milliseconds started;
  };
  struct Segment {
    std::vector<AttemptNumber> running;  // at most two
    std::vector<WorkerId> failed_on;     // every failure, also of one worker twice
    unsigned lost = 0;
  };
  struct Job {
    std::string recipe;
    std::map<SegmentIndex, Segment> open;  // told of and not done
    std::set<SegmentIndex> ready;          // of these, those with no attempt running
    double usual = 0;                      // milliseconds, a running mean
    std::uint64_t measured = 0;
    std::uint64_t retried = 0;
  };
  struct Worker {
    unsigned capacity = 0;  // slots and prefetch
    bool draining = false;
    std::optional<std::pair<unsigned, WorkerId>> free_key;  // its place in free_
    std::set<AttemptNumber> running;
    std::map<std::string, unsigned> failures;  // by recipe
  };

  bool is_trusted(const Worker& worker, const Job& job) const;
  void refresh(WorkerId id);
  std::optional<WorkerId> worker_for(const Job& job, const Segment& segment) const;
  bool hand_out(JobId id, Job& job, Milliseconds now, Actions& actions);
  void assign(JobId id, Job& job, SegmentIndex index, WorkerId worker, Milliseconds now, Actions& actions);
  void race_stragglers(Milliseconds now, Actions& actions);
  void drop(AttemptNumber number);
  void again(JobId id, Job& job, SegmentIndex index);
  void blame_workers(const Job& job, const Segment& segment);
  void fail_job(JobId id, std::string reason);

  SchedulerOptions options_;
  std::unordered_map<WorkerId, Worker> workers_;
  std::set<std::pair<unsigned, WorkerId>> free_;  // those with room, the least busy first
  std::map<JobId, Job> jobs_;
  std::set<JobId> runnable_;  // jobs with ready segments
  JobId last_served_ = 0;
  std::unordered_map<AttemptNumber, Attempt> attempts_;
  std::set<std::pair<Milliseconds, AttemptNumber>> by_start_;
  AttemptNumber last_attempt_ = 0;
  std::uint64_t retried_ = 0;
  Actions pending_;
};

}  // namespace tilework::engine
