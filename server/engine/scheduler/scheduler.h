// Decides which worker computes which segment. A pure state machine: events in, actions out, the clock an
// argument; no threads, no sockets. The master tells it everything that happens, and carries out what it
// says. One thread at a time.
//
// A job here is one pass over an image. Its segments are told of one by one, as their pixels become ready,
// and are forgotten when their result has come: memory follows what is in flight, not the image. Segments are
// handed out in the order of their index, for the encoder needs them so; clients and their jobs share the
// slots evenly (turns.h). A quick job's segment needn't wait for one of another's to end: each worker takes
// one beyond what it has room for.
//
// Attempts. Every try of a segment has a number of its own, unique under this scheduler and, where epochs
// differ, among all. A result counts only while its attempt is one that the scheduler still waits for; all
// others are stale: late, duplicate, of a lost worker, of a removed job or of another epoch. A segment that
// takes far longer than its job's others is tried on a second worker when nothing else is to do; the first
// result wins.
//
// Failures. A segment that has failed waits for a worker that hasn't failed on it, while there is one. It
// fails its job when three different workers have failed on it, or when it has failed three times and nobody
// else is left. A worker that has failed three times for one filter gets no more of it until it joins again,
// unless nobody else is there (worker_pool.h). What turns out not to be its fault doesn't count: it succeeded
// with the same segment later, or the segment never succeeded anywhere.
//
// Losses. A worker that was stopped is nobody's failure. One that was lost otherwise (it crashed, was killed
// or fell silent) makes suspects of the segments that it was computing; those that waited there can't have
// hurt it. A suspect goes to a worker alone that has nothing of other jobs, and as long as it is there,
// nothing of other jobs comes (suspects.cpp). A segment whose second worker is lost while nothing of other
// jobs was there fails its job. So a job fails for losses only if a worker was lost that had to do with this
// job alone: another job's segment may end any number of workers, and costs this one time. Where one job is
// alone, its suspects run beside each other and beside the rest of it, so a machine that fails costs nothing
// more.
//
// Trouble. What the worker's machine lacks (disk, memory, descriptors, a library) says nothing about the job:
// the segment goes to others, and the worker is set aside for a pause (set_aside.h) or, where one filter
// alone can't be had there, distrusted with that. A segment that met trouble three times fails its job when
// nobody is left who hasn't had it; then it may have been the segment's doing, and its workers are taken
// back.
//
// A job never hangs: while a usable worker is connected, each ready segment is running, waits for room, or
// fails the job. With none, jobs wait for one: to join, or for the end of a pause.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/engine/scheduler/ids.h"
#include "server/engine/scheduler/set_aside.h"
#include "server/engine/scheduler/turns.h"
#include "server/engine/scheduler/worker_pool.h"

namespace tilework::engine {

struct SchedulerOptions {
  unsigned prefetch = 1;             // segments that wait at a worker beyond its slots
  unsigned failures_of_segment = 3;  // on as many workers, that fail the job
  unsigned failures_of_worker = 3;   // for one filter, after which it gets no more of it
  unsigned losses_of_segment = 2;    // workers lost while computing it, that fail the job
  unsigned troubles_of_segment = 3;  // of workers' machines, that fail the job where nobody else is left
  Milliseconds first_pause = 5'000;  // of a worker that is set aside
  Milliseconds longest_pause = 300'000;
  double straggler_factor = 4.0;         // of the job's usual time
  Milliseconds straggler_floor = 2'000;  // at least this long; also how often a running attempt is looked at
  std::uint64_t epoch = 0;  // of the master: its lowest 24 bits are the highest of each attempt's number
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
struct FailJob {  // the scheduler has removed it already
  JobId job;
  std::string reason;  // for a person; with the filter's name, but for losses
  bool is_for_losses = false;
};
struct Aside {  // to be told to people: the worker is set aside, or tried again
  WorkerId worker;
  std::string reason;  // empty: it is tried again
  Milliseconds pause = 0;
};
struct Actions {
  std::vector<Assign> assign;
  std::vector<Revoke> revoke;
  std::vector<FailJob> fail;
  std::vector<Aside> aside;
};

class Scheduler {
 public:
  explicit Scheduler(SchedulerOptions options = {});
  Scheduler(const Scheduler&) = delete;  // jobs refer into the pool
  Scheduler& operator=(const Scheduler&) = delete;

  // A worker without slots gets nothing. One that joins twice has left in between.
  void worker_joined(WorkerId worker, unsigned slots);
  // It was stopped. Its segments go to the front again.
  void worker_left(WorkerId worker);
  // It has gone otherwise. `which` names it and says how, for a person.
  void worker_lost(WorkerId worker, const std::string& which);
  // A draining worker finishes what it has, and gets nothing new.
  void set_draining(WorkerId worker, bool draining);

  // The filters that its segments need are for counting the workers' failures. A job's id is used once. One
  // of few pixels in all is quick.
  void job_added(JobId job, FilterNames filters, ClientId client = 0, bool is_quick = false);
  // The same with the filters under one name.
  void job_added(JobId job, const std::string& filters, ClientId client = 0);
  // Ended, cancelled or failed: all that is known of it is forgotten, and what runs is revoked.
  void job_removed(JobId job);
  // Told once for each segment, in any order. Unknown jobs are ignored, as they may just have failed.
  void segment_ready(JobId job, SegmentIndex segment);

  // The worker has done with it, and its answer is being looked at: whether it counts is told later. Until
  // then the segment is waited for, but takes no place there, and isn't late. Stale attempts change nothing.
  void answered(AttemptNumber attempt);

  // True when this result is the segment's; then the segment is done. False for stale ones, which change
  // nothing.
  bool succeeded(AttemptNumber attempt, Milliseconds now);
  // `reason` is for a person. A failure that names none of the job's filters counts for all of them. Stale
  // attempts change nothing.
  void failed(AttemptNumber attempt, const std::string& reason, const std::string& filter = {});

  // The same for what the worker's machine lacks. `filter` is named where it lacks that for one filter alone.
  void met_trouble(AttemptNumber attempt, const std::string& reason, const std::string& filter,
                   Milliseconds now);

  // Call after events, and now and then for stragglers. What it returns has been noted as done.
  Actions decide(Milliseconds now);

  std::size_t workers() const { return pool_.size(); }
  std::size_t usable_workers() const { return pool_.usable(); }  // neither draining nor set aside
  // Assigned, and neither done nor lost.
  std::size_t in_flight() const { return attempts_.size(); }
  // Attempts that had to be made again so far, after failures and losses or beside stragglers.
  std::uint64_t retried() const { return retried_; }
  std::uint64_t retried(JobId job) const;
  // Segments at the worker, prefetched ones too.
  unsigned load(WorkerId worker) const { return pool_.load(worker); }
  // While the worker is set aside; null otherwise.
  const SetAside::Entry* aside(WorkerId worker) const { return set_aside_.find(worker); }
  // The filters that the worker gets no more of while somebody else may have them.
  FilterNames distrusted(WorkerId worker) const { return pool_.distrusted(worker); }
  // The job has segments to compute, and no worker is connected that may get some now.
  bool waits_for_workers(JobId job) const;

 private:
  struct Attempt {
    WorkerId worker;
    JobId job;
    SegmentIndex segment;
    Milliseconds started;
    Milliseconds look_at;  // when it may be a straggler
    bool is_suspect;       // its segment was, when it was assigned
    bool has_answered = false;
  };
  struct Failure {
    WorkerId worker;
    FilterNames filters;  // that the worker was blamed for
  };
  struct Segment {
    std::vector<AttemptNumber> running;  // at most two
    std::vector<Failure> failures;
    std::vector<Failure> troubles;        // without filters where the worker was set aside
    std::vector<WorkerId> tried() const;  // those of both, each once
    std::vector<std::string> lost;        // the workers that were lost while they computed it
    bool is_suspect() const { return !lost.empty(); }
  };
  struct Job {
    FilterNames filters;
    WorkerPool::Crew* crew;                // the pool's
    std::map<SegmentIndex, Segment> open;  // told of and not done
    std::set<SegmentIndex> ready;          // of these, those with no attempt running
    std::set<SegmentIndex> suspects;       // likewise; suspects are here instead
    bool is_quick = false;
    double usual = 0;  // milliseconds, a running mean
    std::uint64_t measured = 0;
    std::uint64_t retried = 0;
  };

  // Trouble.
  void take_back(Milliseconds now);
  void prove(WorkerId worker);
  void absolve(const Segment& segment);
  // Handing out.
  std::optional<WorkerId> worker_for(const Job& job, const Segment& segment) const;
  bool hand_out(JobId id, Milliseconds now, Actions& actions);
  void hand_out_quick(Milliseconds now, Actions& actions);
  void assign(JobId id, Job& job, SegmentIndex index, WorkerId worker, Milliseconds now, Actions& actions);
  // Suspects.
  bool is_alone(const std::set<AttemptNumber>& attempts) const;
  std::size_t strangers_at(WorkerId worker, JobId job) const;
  bool has_suspect_at(WorkerId worker, JobId job) const;
  void place_suspects(Milliseconds now, Actions& actions);
  void place_suspects_of(JobId id, Milliseconds now, Actions& actions);
  void keep_busy(WorkerId worker, JobId id, Milliseconds now, Actions& actions);
  std::optional<WorkerId> quietest(JobId id, const Job& job, const Segment& segment) const;
  // Stragglers.
  Milliseconds patience(const Job& job) const;
  void note_time(Job& job, Milliseconds taken) const;
  void race_stragglers(Milliseconds now, Actions& actions);
  void race(const Attempt& straggler, Milliseconds now, Actions& actions);
  void look_again(AttemptNumber number, Milliseconds when);
  // The ends of attempts.
  void part(WorkerId worker, const std::string* lost);
  void lose(AttemptNumber number, const std::string* lost, bool was_alone);
  void drop(AttemptNumber number);
  void revoke(AttemptNumber number);
  void again(JobId id, Job& job, SegmentIndex index);
  void note_retry(Job& job);
  bool is_hopeless(const Job& job, const Segment& segment) const;
  void try_again_or_fail(const Attempt& attempt, const std::string& reason);
  void fail_job(JobId id, std::string reason, bool for_losses = false);

  SchedulerOptions options_;
  WorkerPool pool_;
  SetAside set_aside_;
  Turns turns_;
  std::unordered_map<JobId, Job> jobs_;
  std::unordered_map<AttemptNumber, Attempt> attempts_;
  std::unordered_map<WorkerId, std::set<AttemptNumber>> running_;
  std::set<JobId> suspected_;                               // jobs with suspects that wait
  std::map<WorkerId, JobId> reserved_;                      // nothing of other jobs comes there
  std::set<std::pair<Milliseconds, AttemptNumber>> looks_;  // by look_at
  AttemptNumber last_attempt_;
  std::uint64_t retried_ = 0;
  Actions pending_;  // revocations and failures and more since the last decide()
};

}  // namespace tilework::engine
