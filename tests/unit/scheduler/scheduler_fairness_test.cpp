// How the scheduler shares the slots between jobs and clients.
#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/support/scheduler_cluster.h"

namespace tilework::engine {
namespace {

std::ptrdiff_t count(const std::vector<Assign>& list, JobId job) {
  return std::ranges::count(list, job, &Assign::job);
}

TEST_CASE("a small job doesn't wait behind a huge one", "[scheduler]") {
  Cluster cluster;
  cluster.join(4);
  cluster.add_job(1, 1000);
  const auto huge = cluster.decide();
  REQUIRE(huge.size() == 4);
  cluster.add_job(2, 2);
  cluster.succeed(huge[0]);
  CHECK(cluster.next().job == 2);
  cluster.succeed(huge[1]);
  CHECK(cluster.next().job == 2);
}

TEST_CASE("jobs of one client share the slots evenly, however long their segments take", "[scheduler]") {
  Cluster cluster;
  cluster.join(4);
  cluster.add_job(1, 1000);
  cluster.add_job(2, 1000);
  std::vector<Assign> running = cluster.decide();
  REQUIRE(count(running, 1) == 2);
  // Those of job 2 are done at once; those of job 1 never are.
  for (int round = 0; round < 50; ++round) {
    const auto quick = std::ranges::find(running, JobId{2}, &Assign::job);
    REQUIRE(quick != running.end());
    cluster.succeed(*quick);
    *quick = cluster.next();
    CHECK(quick->job == 2);
  }
}

TEST_CASE("a client gets no more by submitting many jobs", "[scheduler]") {
  Cluster cluster;
  cluster.join(10);
  for (JobId job = 1; job <= 9; ++job) cluster.add_job(job, 100, {"blur"}, 1);
  cluster.add_job(10, 100, {"blur"}, 2);
  CHECK(count(cluster.decide(), 10) == 5);
}

TEST_CASE("a stream of new jobs doesn't keep an old one waiting", "[scheduler]") {
  Cluster cluster;
  cluster.join(1);
  cluster.add_job(1, 10);
  unsigned turns_of_old = 0;
  for (JobId job = 2; job < 22; ++job) {
    cluster.add_job(job, 5);
    const Assign assign = cluster.next();
    if (assign.job == 1) ++turns_of_old;
    cluster.succeed(assign);
  }
  CHECK(turns_of_old >= 1);
}

TEST_CASE("a quick job's segment goes to a worker that has all it has room for, and one at a time",
          "[scheduler]") {
  Cluster cluster({.prefetch = 1});
  cluster.join(1);
  cluster.add_job(1, 1000);
  REQUIRE(cluster.decide().size() == 2);
  for (const JobId job : {2, 3}) {
    cluster.scheduler.job_added(job, FilterNames{"blur"}, job, true);
    cluster.scheduler.segment_ready(job, 0);
  }
  const Assign quick = cluster.next();
  CHECK(quick.job == 2);
  CHECK(cluster.scheduler.load(1) == 3);
  CHECK(cluster.decide().empty());
  cluster.succeed(quick);
  CHECK(cluster.next().job == 3);
}

TEST_CASE("a worker that is distrusted with one filter takes a quick segment of another beyond its room",
          "[scheduler]") {
  Cluster cluster({.prefetch = 1, .failures_of_worker = 1});
  cluster.join(1);
  cluster.scheduler.job_added(1, FilterNames{"bad"}, 1, false);
  cluster.scheduler.segment_ready(1, 0);
  cluster.fail(cluster.next());
  cluster.add_job(2, 1000);
  REQUIRE_FALSE(cluster.decide().empty());
  cluster.scheduler.job_added(3, FilterNames{"blur"}, 3, true);
  cluster.scheduler.segment_ready(3, 0);
  CHECK(cluster.next().job == 3);
}

TEST_CASE("a quick job uses free room first, and then no worker that drains or has failed on it",
          "[scheduler]") {
  Cluster cluster;
  cluster.join(3);
  cluster.scheduler.job_added(1, FilterNames{"blur"}, 1, true);
  cluster.scheduler.segment_ready(1, 0);
  const Assign first = cluster.next();
  cluster.add_job(2, 1000);
  REQUIRE(cluster.decide().size() == 2);
  const WorkerId drained = first.worker == 1 ? 2 : 1;
  cluster.scheduler.set_draining(drained, true);
  cluster.fail(first);
  const auto again = cluster.decide();  // the job of others has the room that was left
  REQUIRE(again.size() == 2);
  for (const Assign& assign : again) {
    CHECK(assign.worker == (assign.job == 2 ? first.worker : 6 - first.worker - drained));
  }
}

}  // namespace
}  // namespace tilework::engine
