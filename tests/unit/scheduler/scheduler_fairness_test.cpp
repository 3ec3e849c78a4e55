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

}  // namespace
}  // namespace tilework::engine
