// The scheduler's rules, one by one. What they add up to is tried by scheduler_simulation_test.cpp.
#include "server/engine/scheduler/scheduler.h"

#include <algorithm>

#include <catch2/catch.hpp>

namespace tilework::engine {
namespace {

constexpr JobId job = 1;
constexpr JobId other_job = 2;

SchedulerOptions without_prefetch() {
  SchedulerOptions options;
  options.prefetch = 0;
  return options;
}

void ready(Scheduler& scheduler, JobId id, SegmentIndex first, SegmentIndex end) {
  for (SegmentIndex segment = first; segment < end; ++segment) scheduler.segment_ready(id, segment);
}

// Of a situation where just one segment can be handed out.
Assign only_assignment(Scheduler& scheduler, Milliseconds now = 0) {
  const Actions actions = scheduler.decide(now);
  REQUIRE(actions.assign.size() == 1);
  return actions.assign.front();
}

std::vector<SegmentIndex> segments(const Actions& actions) {
  std::vector<SegmentIndex> all;
  for (const Assign& assign : actions.assign) all.push_back(assign.segment);
  return all;
}

// Lets `culprit` fail three segments of a job, and `helper`, which joins for it, succeed on them.
void make_untrusted(Scheduler& scheduler, JobId id, WorkerId culprit, WorkerId helper) {
  for (SegmentIndex segment = 1000; segment < 1003; ++segment) {
    scheduler.segment_ready(id, segment);
    const Assign first = only_assignment(scheduler);
    REQUIRE(first.worker == culprit);
    scheduler.failed(first.attempt, "broken");
    scheduler.worker_joined(helper, 1);
    const Assign second = only_assignment(scheduler);
    REQUIRE(second.worker == helper);
    REQUIRE(scheduler.succeeded(second.attempt, 0));
    scheduler.worker_left(helper);
  }
}

TEST_CASE("a worker gets as many segments as it has slots, and one to wait", "[scheduler]") {
  Scheduler scheduler;
  scheduler.worker_joined(7, 3);
  scheduler.job_added(job, "blur");
  ready(scheduler, job, 0, 10);
  CHECK(scheduler.decide(0).assign.size() == 4);
  CHECK(scheduler.load(7) == 4);
  CHECK(scheduler.in_flight() == 4);
  CHECK(scheduler.decide(0).assign.empty());
}

TEST_CASE("segments are handed out in the order of their index, however they became ready", "[scheduler]") {
  Scheduler scheduler;
  scheduler.job_added(job, "blur");
  for (const SegmentIndex segment : {4, 1, 3, 0, 2}) scheduler.segment_ready(job, segment);
  scheduler.worker_joined(7, 4);
  CHECK(segments(scheduler.decide(0)) == std::vector<SegmentIndex>{0, 1, 2, 3, 4});
}

TEST_CASE("a segment told of twice is handed out once", "[scheduler]") {
  Scheduler scheduler;
  scheduler.worker_joined(7, 4);
  scheduler.job_added(job, "blur");
  scheduler.segment_ready(job, 0);
  scheduler.segment_ready(job, 0);
  CHECK(scheduler.decide(0).assign.size() == 1);
  scheduler.segment_ready(job, 0);
  CHECK(scheduler.decide(0).assign.empty());
}

TEST_CASE("the least busy worker is asked first", "[scheduler]") {
  Scheduler scheduler;
  scheduler.worker_joined(1, 4);
  scheduler.job_added(job, "blur");
  ready(scheduler, job, 0, 2);
  scheduler.decide(0);
  scheduler.worker_joined(2, 4);
  scheduler.segment_ready(job, 2);
  CHECK(only_assignment(scheduler).worker == 2);
}

TEST_CASE("a free slot is used before a segment has to wait at another worker", "[scheduler]") {
  Scheduler scheduler;
  scheduler.worker_joined(1, 1);
  scheduler.worker_joined(2, 16);
  scheduler.job_added(job, "blur");
  ready(scheduler, job, 0, 17);
  scheduler.decide(0);
  CHECK(scheduler.load(1) == 1);
  CHECK(scheduler.load(2) == 16);
}

TEST_CASE("jobs take turns", "[scheduler]") {
  Scheduler scheduler;
  scheduler.job_added(job, "blur");
  scheduler.job_added(other_job, "blur");
  ready(scheduler, job, 0, 100);
  ready(scheduler, other_job, 0, 100);
  scheduler.worker_joined(7, 9);
  const auto assigned = scheduler.decide(0).assign;
  CHECK(std::ranges::count(assigned, job, &Assign::job) == 5);
  CHECK(std::ranges::count(assigned, other_job, &Assign::job) == 5);
}

TEST_CASE("a job keeps its turn when only workers that it can't use have room", "[scheduler]") {
  Scheduler scheduler(without_prefetch());
  constexpr WorkerId broken = 1, good = 2;
  scheduler.worker_joined(broken, 1);
  scheduler.job_added(1, "blur");
  make_untrusted(scheduler, 1, broken, 99);
  scheduler.job_added(2, "invert");
  scheduler.job_added(3, "invert");
  scheduler.worker_joined(good, 1);
  for (const JobId id : {1, 2, 3}) ready(scheduler, id, 0, 100);

  std::map<WorkerId, AttemptNumber> at;
  std::map<JobId, int> served;
  for (int i = 0; i < 30; ++i) {  // now one worker becomes free, now the other
    for (const Assign& assign : scheduler.decide(0).assign) {
      at[assign.worker] = assign.attempt;
      ++served[assign.job];
    }
    REQUIRE(scheduler.succeeded(at.at(i % 2 == 0 ? broken : good), 0));
  }
  CHECK(served[1] >= 5);
}

TEST_CASE("attempt numbers are never used again", "[scheduler]") {
  Scheduler scheduler(without_prefetch());
  scheduler.job_added(job, "blur");
  scheduler.segment_ready(job, 0);
  scheduler.worker_joined(7, 1);
  const AttemptNumber first = only_assignment(scheduler).attempt;
  scheduler.worker_joined(7, 1);  // it came back, and has forgotten all
  const AttemptNumber second = only_assignment(scheduler).attempt;
  scheduler.job_removed(job);
  scheduler.job_added(job, "blur");
  scheduler.segment_ready(job, 0);
  const AttemptNumber third = only_assignment(scheduler).attempt;
  CHECK(first < second);
  CHECK(second < third);
}

TEST_CASE("a result counts once, and not at all when its attempt is stale", "[scheduler]") {
  Scheduler scheduler;
  scheduler.job_added(job, "blur");
  scheduler.segment_ready(job, 0);
  scheduler.worker_joined(1, 1);
  const Assign lost = only_assignment(scheduler);
  scheduler.worker_left(1);
  scheduler.worker_joined(2, 1);
  const Assign won = only_assignment(scheduler);
  CHECK(won.segment == lost.segment);
  CHECK_FALSE(scheduler.succeeded(lost.attempt, 5));
  scheduler.failed(lost.attempt, "too late");
  CHECK(scheduler.in_flight() == 1);
  CHECK(scheduler.succeeded(won.attempt, 5));
  CHECK_FALSE(scheduler.succeeded(won.attempt, 5));
  CHECK_FALSE(scheduler.succeeded(12345, 5));
  CHECK(scheduler.in_flight() == 0);
  CHECK(scheduler.retried(job) == 1);
}

TEST_CASE("an answer that is being looked at takes no place, and counts when it is told of", "[scheduler]") {
  Scheduler scheduler(without_prefetch());
  scheduler.worker_joined(7, 1);
  scheduler.job_added(job, "levels");
  ready(scheduler, job, 0, 2);
  const Assign first = only_assignment(scheduler);
  scheduler.answered(first.attempt);
  scheduler.answered(first.attempt);
  CHECK(scheduler.load(7) == 0);
  CHECK(scheduler.in_flight() == 1);
  const Assign second = only_assignment(scheduler);
  CHECK(second.segment == 1);
  CHECK(scheduler.load(7) == 1);
  CHECK(scheduler.succeeded(first.attempt, 1'000'000));
  CHECK(scheduler.load(7) == 1);
  scheduler.answered(first.attempt);
  CHECK(scheduler.load(7) == 1);
  scheduler.answered(second.attempt);
  scheduler.failed(second.attempt, "can't be read");
  CHECK(scheduler.load(7) == 0);
  CHECK(only_assignment(scheduler).segment == 1);
}

TEST_CASE("an answer that is being looked at isn't late, and goes with its worker without a suspicion",
          "[scheduler]") {
  Scheduler scheduler(without_prefetch());
  scheduler.worker_joined(7, 1);
  scheduler.worker_joined(8, 1);
  scheduler.job_added(job, "levels");
  scheduler.segment_ready(job, 0);
  for (int loss = 0; loss < 3; ++loss) {
    const Assign first = only_assignment(scheduler);
    scheduler.answered(first.attempt);
    CHECK(scheduler.decide(1'000'000).assign.empty());
    scheduler.worker_lost(first.worker, "one");
    CHECK_FALSE(scheduler.succeeded(first.attempt, 0));
    scheduler.worker_joined(first.worker, 1);
  }
  CHECK(scheduler.decide(0).fail.empty());
}

TEST_CASE("a lost worker's segments go to the front again", "[scheduler]") {
  Scheduler scheduler;
  scheduler.worker_joined(1, 1);
  scheduler.job_added(job, "blur");
  ready(scheduler, job, 0, 5);
  scheduler.decide(0);
  scheduler.worker_left(1);
  CHECK(scheduler.workers() == 0);
  CHECK(scheduler.in_flight() == 0);
  scheduler.worker_joined(2, 2);
  CHECK(segments(scheduler.decide(0)) == std::vector<SegmentIndex>{0, 1, 2});
}

TEST_CASE("a draining worker finishes what it has, and gets nothing new", "[scheduler]") {
  Scheduler scheduler;
  scheduler.worker_joined(7, 1);
  scheduler.job_added(job, "blur");
  scheduler.segment_ready(job, 0);
  const Assign assign = only_assignment(scheduler);
  scheduler.set_draining(7, true);
  scheduler.segment_ready(job, 1);
  CHECK(scheduler.decide(0).assign.empty());
  CHECK(scheduler.succeeded(assign.attempt, 10));
  CHECK(scheduler.decide(10).assign.empty());
  scheduler.set_draining(7, false);
  CHECK(only_assignment(scheduler, 10).segment == 1);
}

TEST_CASE("removing a job revokes what runs and forgets the rest", "[scheduler]") {
  Scheduler scheduler(without_prefetch());
  scheduler.worker_joined(7, 1);
  scheduler.job_added(job, "blur");
  ready(scheduler, job, 0, 5);
  const Assign assign = only_assignment(scheduler);
  scheduler.job_removed(job);
  scheduler.segment_ready(job, 9);
  const Actions actions = scheduler.decide(0);
  REQUIRE(actions.revoke.size() == 1);
  CHECK(actions.revoke.front().worker == 7);
  CHECK(actions.revoke.front().attempt == assign.attempt);
  CHECK(actions.assign.empty());
  CHECK(actions.fail.empty());
  CHECK_FALSE(scheduler.succeeded(assign.attempt, 1));
  CHECK(scheduler.in_flight() == 0);
  CHECK(scheduler.load(7) == 0);
}

TEST_CASE("nothing is revoked at a worker that has left", "[scheduler]") {
  SchedulerOptions options;
  options.losses_of_segment = 1;
  Scheduler scheduler(options);
  scheduler.worker_joined(7, 2);
  scheduler.job_added(job, "blur");
  scheduler.job_added(other_job, "blur");
  ready(scheduler, job, 0, 1);
  ready(scheduler, other_job, 0, 2);
  const auto assigned = scheduler.decide(0).assign;
  REQUIRE(assigned.size() == 3);
  const Assign first = *std::ranges::find(assigned, job, &Assign::job);
  SECTION("when its leaving fails the job") {
    REQUIRE(scheduler.succeeded(first.attempt, 0));  // of the other one
    scheduler.worker_lost(7, "it");
    REQUIRE(scheduler.decide(0).fail.size() == 1);
  }
  SECTION("when the job ended before") {
    scheduler.job_removed(other_job);
    scheduler.worker_left(7);
  }
  CHECK(scheduler.decide(0).revoke.empty());
}

}  // namespace
}  // namespace tilework::engine
