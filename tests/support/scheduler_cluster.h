// A scheduler with a few workers and jobs, for tests of one rule. One thread.
#pragma once

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "server/engine/scheduler/scheduler.h"

namespace tilework::engine {

// A scheduler, and what it has said last. Nothing is prefetched.
struct Cluster {
  explicit Cluster(SchedulerOptions options = {.prefetch = 0}) : scheduler(options) {}

  // Workers 1, 2, ...
  void join(WorkerId workers) {
    for (WorkerId worker = 1; worker <= workers; ++worker) scheduler.worker_joined(worker, 1);
  }
  void add_job(JobId job, SegmentIndex segments, const FilterNames& filters = {"blur"}, ClientId client = 0) {
    scheduler.job_added(job, filters, client);
    for (SegmentIndex segment = 0; segment < segments; ++segment) scheduler.segment_ready(job, segment);
  }
  std::vector<Assign> decide() {
    said = scheduler.decide(now);
    return said.assign;
  }
  // Of a situation where just one segment can be handed out.
  Assign next() {
    const auto assigned = decide();
    REQUIRE(assigned.size() == 1);
    return assigned.front();
  }
  bool succeed(const Assign& assign) { return scheduler.succeeded(assign.attempt, now); }
  void fail(const Assign& assign, const std::string& filter = "blur") {
    scheduler.failed(assign.attempt, "out of memory", filter);
  }

  // Gives the job of one segment to the workers until it has failed or succeeded; `fails` says how it goes.
  template <typename Fails>
  void work_off(Fails fails) {
    for (decide(); !said.assign.empty(); decide()) {
      for (const Assign& assign : std::vector(said.assign)) {
        fails(assign.worker) ? fail(assign) : void(succeed(assign));
      }
    }
  }

  Scheduler scheduler;
  Milliseconds now = 0;
  Actions said;
};

}  // namespace tilework::engine
