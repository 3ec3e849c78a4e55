// The scheduler's rules for failures, lost workers and stragglers, one by one.
#include <algorithm>

#include <catch2/catch.hpp>

#include "server/engine/scheduler/scheduler.h"

namespace tilework::engine {
namespace {

constexpr JobId job = 1;
constexpr Milliseconds late = 60'000;

// A scheduler with one job; its workers have one slot each, and nothing waits.
struct Cluster {
  explicit Cluster(WorkerId workers, unsigned prefetch = 0) : scheduler(options(prefetch)) {
    for (WorkerId worker = 1; worker <= workers; ++worker) scheduler.worker_joined(worker, 1);
    scheduler.job_added(job, "blur");
  }

  static SchedulerOptions options(unsigned prefetch) {
    SchedulerOptions options;
    options.prefetch = prefetch;
    return options;
  }

  // Of a situation where just one segment can be handed out.
  Assign assigned(Milliseconds now = 0) {
    const Actions actions = scheduler.decide(now);
    REQUIRE(actions.assign.size() == 1);
    return actions.assign.front();
  }

  // Worker 1 fails `count` segments, and worker 2 computes them.
  void worker_1_fails_and_2_succeeds(int count) {
    for (int i = 0; i < count; ++i) {
      scheduler.segment_ready(job, next++);
      const Assign first = assigned();
      REQUIRE(first.worker == 1);
      scheduler.failed(first.attempt, "broken");
      const Assign second = assigned();
      REQUIRE(second.worker == 2);
      REQUIRE(scheduler.succeeded(second.attempt, 0));
    }
  }

  // Teaches it that a segment takes this long.
  void usually_takes(Milliseconds duration) {
    scheduler.segment_ready(job, next++);
    REQUIRE(scheduler.succeeded(assigned(0).attempt, duration));
  }

  Scheduler scheduler;
  SegmentIndex next = 1000;
};

TEST_CASE("a failed segment is tried on a worker that hasn't failed on it", "[scheduler]") {
  Cluster cluster(2);
  cluster.scheduler.segment_ready(job, 0);
  const Assign first = cluster.assigned();
  cluster.scheduler.failed(first.attempt, "out of memory");
  CHECK(cluster.assigned().worker != first.worker);
  CHECK(cluster.scheduler.retried(job) == 1);
}

TEST_CASE("a failed segment waits for a busy worker that hasn't failed on it", "[scheduler]") {
  Cluster cluster(2);
  cluster.scheduler.segment_ready(job, 0);
  const Assign first = cluster.assigned();
  cluster.scheduler.segment_ready(job, 1);
  const Assign second = cluster.assigned();
  cluster.scheduler.failed(first.attempt, "out of memory");
  CHECK(cluster.scheduler.decide(0).assign.empty());

  cluster.scheduler.segment_ready(job, 2);  // and doesn't keep others from the free one
  CHECK(cluster.assigned().worker == first.worker);
  CHECK(cluster.scheduler.succeeded(second.attempt, 0));
  const Assign again = cluster.assigned();
  CHECK(again.segment == 0);
  CHECK(again.worker == second.worker);
}

TEST_CASE("a failed segment goes back to the same worker when there is no other", "[scheduler]") {
  Cluster cluster(1);
  cluster.scheduler.segment_ready(job, 0);
  cluster.scheduler.failed(cluster.assigned().attempt, "out of memory");
  CHECK(cluster.scheduler.succeeded(cluster.assigned().attempt, 0));
}

TEST_CASE("the third failure of a segment fails its job, with the reason", "[scheduler]") {
  Cluster cluster(3);
  cluster.scheduler.segment_ready(job, 0);
  cluster.scheduler.failed(cluster.assigned().attempt, "first");
  cluster.scheduler.failed(cluster.assigned().attempt, "second");
  const Assign last = cluster.assigned();
  cluster.scheduler.segment_ready(job, 1);
  const Assign neighbour = cluster.assigned();
  cluster.scheduler.failed(last.attempt, "blur: third");
  const Actions actions = cluster.scheduler.decide(0);
  REQUIRE(actions.fail.size() == 1);
  CHECK(actions.fail.front().job == job);
  CHECK(actions.fail.front().reason == "blur: third (segment 0 failed 3 times on 3 workers)");
  REQUIRE(actions.revoke.size() == 1);
  CHECK(actions.revoke.front().attempt == neighbour.attempt);
  CHECK(cluster.scheduler.in_flight() == 0);
}

TEST_CASE("a worker whose failures others made good gets no more of that recipe", "[scheduler]") {
  Cluster cluster(2, 8);
  cluster.worker_1_fails_and_2_succeeds(2);
  cluster.scheduler.segment_ready(job, 0);
  CHECK(cluster.scheduler.succeeded(cluster.assigned().attempt, 0));  // two are forgiven
  cluster.worker_1_fails_and_2_succeeds(1);
  for (SegmentIndex segment = 10; segment < 18; ++segment) cluster.scheduler.segment_ready(job, segment);
  for (const Assign& assign : cluster.scheduler.decide(0).assign) CHECK(assign.worker == 2);

  SECTION("but still gets other recipes") {
    cluster.scheduler.job_added(2, "invert");
    cluster.scheduler.segment_ready(2, 0);
    CHECK(cluster.assigned().worker == 1);
  }
  SECTION("until it joins again") {
    cluster.scheduler.worker_joined(1, 1);
    cluster.scheduler.segment_ready(job, 20);
    CHECK(cluster.assigned().worker == 1);
  }
  SECTION("unless nobody else is there") {
    cluster.scheduler.worker_left(2);
    CHECK(cluster.scheduler.decide(0).assign.front().worker == 1);
  }
  SECTION("unless all others drain") {
    cluster.scheduler.set_draining(2, true);
    cluster.scheduler.segment_ready(job, 20);
    CHECK(cluster.assigned().worker == 1);
  }
}

TEST_CASE("a worker that makes good its own failures stays trusted", "[scheduler]") {
  Cluster cluster(1);
  for (SegmentIndex segment = 0; segment < 5; ++segment) {
    cluster.scheduler.segment_ready(job, segment);
    cluster.scheduler.failed(cluster.assigned().attempt, "out of memory");
    REQUIRE(cluster.scheduler.succeeded(cluster.assigned().attempt, 0));
  }
  cluster.scheduler.worker_joined(2, 1);
  cluster.scheduler.segment_ready(job, 10);
  CHECK(cluster.assigned().worker == 1);
}

TEST_CASE("a segment that fails everywhere is no worker's fault", "[scheduler]") {
  Cluster cluster(3);
  for (int i = 0; i < 4; ++i) {
    cluster.scheduler.job_added(job, "blur");
    cluster.scheduler.segment_ready(job, 0);
    for (int k = 0; k < 3; ++k) cluster.scheduler.failed(cluster.assigned().attempt, "bad parameter");
    REQUIRE(cluster.scheduler.decide(0).fail.size() == 1);
  }
  cluster.scheduler.job_added(job, "blur");
  for (SegmentIndex segment = 0; segment < 3; ++segment) cluster.scheduler.segment_ready(job, segment);
  CHECK(cluster.scheduler.decide(0).assign.size() == 3);
}

TEST_CASE("a worker that has failed on a segment gets it again rather than one that isn't trusted",
          "[scheduler]") {
  Cluster cluster(2);
  cluster.worker_1_fails_and_2_succeeds(3);
  cluster.scheduler.segment_ready(job, 0);
  const Assign first = cluster.assigned();
  REQUIRE(first.worker == 2);
  cluster.scheduler.failed(first.attempt, "out of memory");
  CHECK(cluster.assigned().worker == 2);
}

TEST_CASE("a straggler is run again elsewhere, and the first result wins", "[scheduler]") {
  Cluster cluster(2);
  cluster.usually_takes(1000);
  cluster.scheduler.segment_ready(job, 0);
  const Assign first = cluster.assigned(0);
  CHECK(cluster.scheduler.decide(4000).assign.empty());
  const Assign second = cluster.assigned(4200);
  CHECK(second.segment == 0);
  CHECK(second.worker != first.worker);
  CHECK(cluster.scheduler.decide(late).assign.empty());  // no third
  CHECK(cluster.scheduler.retried(job) == 1);

  const bool first_wins = GENERATE(true, false);
  const Assign& winner = first_wins ? first : second;
  const Assign& loser = first_wins ? second : first;
  CHECK(cluster.scheduler.succeeded(winner.attempt, late));
  CHECK_FALSE(cluster.scheduler.succeeded(loser.attempt, late));
  const Actions actions = cluster.scheduler.decide(late);
  REQUIRE(actions.revoke.size() == 1);
  CHECK(actions.revoke.front().worker == loser.worker);
  CHECK(actions.revoke.front().attempt == loser.attempt);
  CHECK(cluster.scheduler.in_flight() == 0);
}

TEST_CASE("short segments aren't raced before the floor", "[scheduler]") {
  Cluster cluster(2);
  cluster.usually_takes(10);
  cluster.scheduler.segment_ready(job, 0);
  cluster.scheduler.decide(0);
  CHECK(cluster.scheduler.decide(1999).assign.empty());
  CHECK(cluster.scheduler.decide(2200).assign.size() == 1);
}

TEST_CASE("a job's first segments have longer before they are raced", "[scheduler]") {
  Cluster cluster(2);
  cluster.scheduler.segment_ready(job, 0);
  cluster.scheduler.decide(0);
  CHECK(cluster.scheduler.decide(19'000).assign.empty());
  CHECK(cluster.scheduler.decide(21'000).assign.size() == 1);
}

TEST_CASE("a straggler isn't raced on a worker with no free slot", "[scheduler]") {
  Cluster cluster(2, 1);
  cluster.usually_takes(1000);
  cluster.scheduler.segment_ready(job, 0);
  cluster.scheduler.segment_ready(job, 1);
  const Actions both = cluster.scheduler.decide(0);
  REQUIRE(both.assign.size() == 2);
  CHECK(cluster.scheduler.decide(late).assign.empty());
  CHECK(cluster.scheduler.succeeded(both.assign.back().attempt, late));
  CHECK(cluster.assigned(late + 1000).segment == both.assign.front().segment);
}

TEST_CASE("waiting segments come before stragglers", "[scheduler]") {
  Cluster cluster(2);
  cluster.usually_takes(1000);
  cluster.scheduler.segment_ready(job, 0);
  cluster.scheduler.decide(0);
  cluster.scheduler.segment_ready(job, 1);
  CHECK(cluster.assigned(late).segment == 1);
}

TEST_CASE("a race goes on when one side fails or is lost", "[scheduler]") {
  Cluster cluster(3);
  cluster.usually_takes(1000);
  cluster.scheduler.segment_ready(job, 0);
  const Assign first = cluster.assigned(0);
  const Assign second = cluster.assigned(late);
  SECTION("fails") {
    cluster.scheduler.failed(first.attempt, "out of memory");
    CHECK(cluster.scheduler.decide(late).assign.empty());
  }
  SECTION("is lost") {
    cluster.scheduler.worker_lost(first.worker, "it");
    CHECK(cluster.scheduler.decide(late).assign.empty());
  }
  CHECK(cluster.scheduler.succeeded(second.attempt, late));
  CHECK(cluster.scheduler.in_flight() == 0);
}

}  // namespace
}  // namespace tilework::engine
