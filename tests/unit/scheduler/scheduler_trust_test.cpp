// Whom the scheduler trusts and whom it blames. The course of a failure is in scheduler_failures_test.cpp.
#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/support/scheduler_cluster.h"

namespace tilework::engine {
namespace {

TEST_CASE("an attempt of another epoch is stale", "[scheduler]") {
  Cluster before({.epoch = 7}), after({.epoch = 8});
  for (Cluster* cluster : {&before, &after}) {
    cluster->join(1);
    cluster->add_job(1, 1);
  }
  const Assign old = before.next(), current = after.next();
  CHECK(old.attempt < current.attempt);
  CHECK_FALSE(after.succeed(old));
  CHECK(after.succeed(current));
}

TEST_CASE("without workers a job waits, and goes on when one joins", "[scheduler]") {
  Cluster cluster;
  cluster.add_job(1, 1);
  CHECK(cluster.decide().empty());
  CHECK(cluster.said.fail.empty());
  CHECK(cluster.scheduler.waits_for_workers(1));
  cluster.join(1);
  CHECK_FALSE(cluster.scheduler.waits_for_workers(1));
  CHECK(cluster.next().segment == 0);
}

TEST_CASE("a worker without slots gets nothing", "[scheduler]") {
  Cluster cluster({.prefetch = 1});
  cluster.scheduler.worker_joined(1, 0);
  cluster.add_job(1, 1);
  CHECK(cluster.decide().empty());
  CHECK(cluster.scheduler.waits_for_workers(1));
}

TEST_CASE("three different workers failing on a segment fail the job, with the filter's name and the reason",
          "[scheduler]") {
  Cluster cluster;
  cluster.join(5);
  cluster.add_job(1, 1);
  std::vector<WorkerId> tried;
  cluster.work_off([&](WorkerId worker) { return tried.push_back(worker), true; });
  std::ranges::sort(tried);
  CHECK(tried.size() == 3);
  CHECK(std::ranges::adjacent_find(tried) == tried.end());
  REQUIRE(cluster.said.fail.size() == 1);
  CHECK(cluster.said.fail[0].job == 1);
  CHECK(cluster.said.fail[0].reason == "blur: out of memory (segment 0 failed 3 times on 3 workers)");
}

TEST_CASE("the third failure isn't the last while somebody is left who hasn't failed", "[scheduler]") {
  Cluster cluster;
  cluster.join(1);
  cluster.add_job(1, 1);
  cluster.fail(cluster.next());
  cluster.fail(cluster.next());
  const Assign third = cluster.next();
  cluster.scheduler.worker_joined(2, 1);
  cluster.fail(third);
  const Assign fourth = cluster.next();
  CHECK(fourth.worker == 2);
  CHECK(cluster.succeed(fourth));
}

TEST_CASE("a worker that fails at once doesn't swallow a job's segments", "[scheduler]") {
  Cluster cluster;
  cluster.join(2);
  cluster.add_job(1, 1000);
  cluster.decide();
  unsigned failures = 0;
  while (true) {
    const auto failing = std::ranges::find(cluster.said.assign, WorkerId{1}, &Assign::worker);
    if (failing == cluster.said.assign.end()) break;
    cluster.fail(Assign(*failing));
    ++failures;
    cluster.decide();
  }
  CHECK(failures == 3);
  CHECK(cluster.said.fail.empty());
}

// Makes worker 1 fail for "blur" three times, where worker 2 then succeeds.
void discredit_worker_1(Cluster& cluster) {
  cluster.join(2);
  for (JobId job = 101; job <= 103; ++job) {
    cluster.scheduler.set_draining(2, true);
    cluster.add_job(job, 1);
    cluster.fail(cluster.next());
    cluster.scheduler.set_draining(2, false);
    cluster.work_off([](WorkerId worker) { return worker == 1; });
    cluster.scheduler.job_removed(job);
  }
}

TEST_CASE("a worker that has failed three times for a filter gets no more of it, but still gets others",
          "[scheduler]") {
  Cluster cluster;
  discredit_worker_1(cluster);
  CHECK(cluster.scheduler.distrusted(1) == FilterNames{"blur"});
  CHECK(cluster.scheduler.distrusted(2).empty());
  CHECK(cluster.scheduler.distrusted(77).empty());
  cluster.add_job(1, 2, {"sharpen", "blur"});
  CHECK(cluster.next().worker == 2);
  cluster.add_job(2, 2, {"sharpen"});
  CHECK(cluster.next().worker == 1);
}

TEST_CASE("a failure that names no filter counts for all of the job's", "[scheduler]") {
  Cluster cluster;
  cluster.join(2);
  cluster.add_job(1, 4, {"blur", "sharpen"});
  cluster.scheduler.set_draining(2, true);
  for (int i = 0; i < 2; ++i) cluster.fail(cluster.next(), "");
  cluster.scheduler.set_draining(2, false);
  cluster.decide();
  const auto at_1 = std::ranges::find(cluster.said.assign, WorkerId{1}, &Assign::worker);
  REQUIRE(at_1 != cluster.said.assign.end());
  cluster.fail(Assign(*at_1), "");
  cluster.add_job(2, 1, {"sharpen"});
  CHECK(cluster.decide().empty());
}

TEST_CASE("where nobody is trusted with a filter, all get it rather than nobody", "[scheduler]") {
  Cluster cluster;
  discredit_worker_1(cluster);
  cluster.scheduler.worker_left(2);
  cluster.add_job(1, 1);
  const Assign assign = cluster.next();
  CHECK(assign.worker == 1);
  CHECK(cluster.succeed(assign));
}

}  // namespace
}  // namespace tilework::engine
