// Workers whose machines lack something: disk, memory, descriptors, a library.
#include <catch2/catch.hpp>

#include "tests/support/scheduler_cluster.h"

namespace tilework::engine {
namespace {

struct TroubledCluster : Cluster {
  TroubledCluster() : Cluster({.prefetch = 0, .first_pause = 1'000, .longest_pause = 4'000}) {}

  void trouble(const Assign& assign, const std::string& filter = {}) {
    scheduler.met_trouble(assign.attempt, "No space left on device", filter, now);
  }
  // Gives out what there is, and lets the first `sick` workers fail, until nothing is left to give.
  void work_off_with(WorkerId sick) {
    for (decide(); !said.assign.empty(); decide()) {
      for (const Assign& assign : std::vector(said.assign)) {
        assign.worker <= sick ? trouble(assign) : void(succeed(assign));
      }
    }
  }
};

TEST_CASE("three workers with a full disk don't fail the jobs that a fourth can do", "[scheduler]") {
  TroubledCluster cluster;
  cluster.join(4);
  for (JobId job = 1; job <= 12; ++job) cluster.add_job(job, 5);
  cluster.work_off_with(3);
  CHECK(cluster.said.fail.empty());
  CHECK(cluster.scheduler.in_flight() == 0);
  for (WorkerId worker = 1; worker <= 3; ++worker) {
    REQUIRE(cluster.scheduler.aside(worker) != nullptr);
    CHECK(cluster.scheduler.aside(worker)->reason == "No space left on device");
  }
  CHECK(cluster.scheduler.aside(4) == nullptr);
}

TEST_CASE("a worker that was set aside is tried again after a pause, which doubles up to the longest",
          "[scheduler]") {
  TroubledCluster cluster;
  cluster.join(1);
  for (const Milliseconds pause : {1'000, 2'000, 4'000, 4'000}) {
    // Another job each time, for one that has met trouble three times fails.
    cluster.add_job(static_cast<JobId>(cluster.now + 1), 1);
    cluster.trouble(cluster.next());
    cluster.decide();
    REQUIRE(cluster.said.aside.size() == 1);
    CHECK(cluster.said.aside[0].pause == pause);
    cluster.scheduler.job_removed(static_cast<JobId>(cluster.now + 1));
    cluster.add_job(1'000'000, 1);
    cluster.now += pause - 1;
    CHECK(cluster.decide().empty());
    cluster.scheduler.job_removed(1'000'000);
    ++cluster.now;
    cluster.decide();
    REQUIRE(cluster.said.aside.size() == 1);
    CHECK(cluster.said.aside[0].reason.empty());
  }
}

TEST_CASE("work that is done makes the next pause the first again", "[scheduler]") {
  TroubledCluster cluster;
  cluster.join(1);
  cluster.add_job(1, 2);
  cluster.trouble(cluster.next());
  cluster.now += 1'000;
  cluster.succeed(cluster.next());
  cluster.trouble(cluster.next());
  cluster.decide();
  REQUIRE(cluster.said.aside.size() == 1);
  CHECK(cluster.said.aside[0].pause == 1'000);
}

TEST_CASE("a job fails when its segment met trouble three times and nobody else is left", "[scheduler]") {
  TroubledCluster cluster;
  cluster.join(1);
  cluster.add_job(1, 1);
  cluster.trouble(cluster.next());
  cluster.now += 1'000;
  cluster.trouble(cluster.next());
  cluster.now += 2'000;
  cluster.trouble(cluster.next());
  cluster.decide();
  REQUIRE(cluster.said.fail.size() == 1);
  CHECK(cluster.said.fail[0].reason == "No space left on device (segment 0 failed 3 times on 1 worker)");
  CHECK(cluster.scheduler.aside(1) == nullptr);  // the next job finds out quickly, too
}

TEST_CASE("a segment that gets everybody into trouble doesn't keep them from other jobs", "[scheduler]") {
  TroubledCluster cluster;
  cluster.join(3);
  cluster.add_job(1, 1);
  for (int i = 0; i < 3; ++i) cluster.trouble(cluster.next());
  cluster.decide();
  CHECK(cluster.said.fail.size() == 1);
  cluster.add_job(2, 3);
  CHECK(cluster.decide().size() == 3);
}

TEST_CASE("a worker that lacks what one filter needs gets no more of it, but others", "[scheduler]") {
  TroubledCluster cluster;
  cluster.join(2);
  cluster.add_job(1, 1, {"blur", "detect"});
  const Assign assign = cluster.next();
  cluster.trouble(assign, "detect");
  CHECK(cluster.scheduler.aside(assign.worker) == nullptr);
  const Assign second = cluster.next();
  CHECK(second.worker != assign.worker);
  cluster.add_job(2, 2, {"detect"});
  CHECK(cluster.decide().empty());  // the other one is busy
  cluster.add_job(3, 1, {"blur"});
  CHECK(cluster.next().worker == assign.worker);
}

TEST_CASE("a segment that a leaving worker still computes isn't given up", "[scheduler]") {
  TroubledCluster cluster;
  cluster.join(2);
  cluster.add_job(1, 1);
  const Assign slow = cluster.next();
  cluster.now += 60'000;
  const Assign race = cluster.next();
  REQUIRE(race.worker != slow.worker);
  cluster.scheduler.set_draining(slow.worker, true);
  cluster.trouble(race);
  cluster.decide();
  CHECK(cluster.said.fail.empty());
  CHECK(cluster.succeed(slow));
}

}  // namespace
}  // namespace tilework::engine
