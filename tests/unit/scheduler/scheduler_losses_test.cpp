// The scheduler's rules for workers that are lost: whose segments are suspected, where these go, and which
// jobs fail.
#include <algorithm>
#include <set>

#include "tests/support/scheduler_cluster.h"

namespace tilework::engine {
namespace {

constexpr JobId evil = 1, good = 2;

std::set<SegmentIndex> segments_of(const std::vector<Assign>& assigned, JobId job) {
  std::set<SegmentIndex> segments;
  for (const Assign& assign : assigned) {
    if (assign.job == job) segments.insert(assign.segment);
  }
  return segments;
}

}  // namespace

TEST_CASE("a segment whose second worker is lost fails its job, which says who they were", "[scheduler]") {
  Cluster cluster;
  cluster.add_job(evil, 1);
  cluster.scheduler.worker_joined(1, 1);
  cluster.next();
  cluster.scheduler.worker_lost(1, "lab/1 (killed)");
  cluster.scheduler.worker_joined(2, 1);
  CHECK(cluster.next().worker == 2);
  cluster.scheduler.worker_lost(2, "lab/2 (crashed)");
  cluster.decide();
  REQUIRE(cluster.said.fail.size() == 1);
  CHECK(cluster.said.fail[0].job == evil);
  CHECK(cluster.said.fail[0].is_for_losses);
  CHECK(cluster.said.fail[0].reason ==
        "2 workers were lost while they computed segment 0: lab/1 (killed), lab/2 (crashed)");
}

TEST_CASE("workers that were stopped count for nothing", "[scheduler]") {
  Cluster cluster;
  cluster.add_job(good, 1);
  for (WorkerId worker = 1; worker <= 9; ++worker) {
    cluster.scheduler.worker_joined(worker, 1);
    cluster.next();
    cluster.scheduler.worker_left(worker);
  }
  cluster.scheduler.worker_joined(10, 1);
  CHECK(cluster.succeed(cluster.next()));
}

TEST_CASE("a segment that was only waiting at a lost worker is not suspected", "[scheduler]") {
  Cluster cluster({.prefetch = 1});
  cluster.add_job(evil, 2);
  cluster.scheduler.worker_joined(1, 1);
  REQUIRE(cluster.decide().size() == 2);
  cluster.scheduler.worker_lost(1, "1");
  cluster.scheduler.worker_joined(2, 1);
  const auto again = cluster.decide();
  REQUIRE(again.size() == 1);
  REQUIRE(again[0].segment == 0);
  cluster.succeed(again[0]);
  CHECK(cluster.next().segment == 1);
  cluster.scheduler.worker_lost(2, "2");  // segment 1 is lost again, but was computed for the first time
  cluster.decide();
  CHECK(cluster.said.fail.empty());
}

TEST_CASE("an evil segment takes 63 innocent ones with it, and fails its own job alone", "[scheduler]") {
  Cluster cluster({.prefetch = 1});
  for (WorkerId worker = 1; worker <= 2; ++worker) cluster.scheduler.worker_joined(worker, 64);
  cluster.add_job(evil, 1, {"evil"}, 1);
  cluster.add_job(good, 600, {"blur"}, 2);
  WorkerId last_worker = 2;
  std::vector<Assign> running;
  std::set<SegmentIndex> done;
  bool has_failed = false;
  for (int round = 0; round < 400 && (done.size() < 600 || !has_failed); ++round) {
    for (const Assign& assign : cluster.decide()) running.push_back(assign);
    for (const auto& fail : cluster.said.fail) {
      CHECK(fail.job == evil);
      has_failed = true;
    }
    const auto at = std::ranges::find(running, evil, &Assign::job);
    if (at != running.end()) {
      const WorkerId ended = at->worker;
      cluster.scheduler.worker_lost(ended, std::to_string(ended));
      std::erase_if(running, [&](const Assign& assign) { return assign.worker == ended; });
      cluster.scheduler.worker_joined(++last_worker, 64);
    } else if (!running.empty()) {
      if (cluster.succeed(running.front())) done.insert(running.front().segment);
      running.erase(running.begin());
    }
  }
  CHECK(has_failed);
  CHECK(last_worker == 4);  // two were lost
  CHECK(done.empty() == false);
  while (!running.empty() || !cluster.decide().empty()) {
    for (const Assign& assign : cluster.said.assign) running.push_back(assign);
    cluster.said = {};
    if (cluster.succeed(running.front())) done.insert(running.front().segment);
    running.erase(running.begin());
  }
  CHECK(done.size() == 600);
}

TEST_CASE("a suspect waits for a worker without other jobs' segments, and gets none beside it",
          "[scheduler]") {
  Cluster cluster;
  cluster.scheduler.worker_joined(1, 2);
  cluster.add_job(evil, 1, {"evil"}, 1);
  cluster.add_job(good, 10, {"blur"}, 2);
  REQUIRE(cluster.decide().size() == 2);
  cluster.scheduler.worker_joined(2, 2);
  const auto others = cluster.decide();
  REQUIRE(segments_of(others, good) == std::set<SegmentIndex>{1, 2});
  cluster.scheduler.worker_lost(1, "1");
  CHECK(cluster.decide().empty());  // worker 2 is kept for a suspect: either job's
  cluster.succeed(others[0]);
  const auto next = cluster.decide();
  REQUIRE(next.size() <= 1);
  cluster.succeed(others[1]);
  // Each has the worker for itself, one after the other.
  std::set<SegmentIndex> done;
  bool met_evil = false;
  for (int round = 0; round < 30; ++round) {
    const auto assigned = round == 0 && !next.empty() ? next : cluster.decide();
    const auto more = round == 0 && !next.empty() ? cluster.decide() : std::vector<Assign>();
    std::vector<Assign> all = assigned;
    all.insert(all.end(), more.begin(), more.end());
    if (std::ranges::find(all, evil, &Assign::job) != all.end()) {
      met_evil = true;
      CHECK(all.size() == 1);
    }
    for (const Assign& assign : all) {
      if (cluster.succeed(assign) && assign.job == good) done.insert(assign.segment);
    }
  }
  CHECK(met_evil);
  CHECK(done.size() == 8);
}

TEST_CASE("where one job is alone, a lost worker's segments are computed beside each other and the rest",
          "[scheduler]") {
  Cluster cluster;
  cluster.add_job(good, 40);
  cluster.scheduler.worker_joined(1, 4);
  cluster.scheduler.worker_joined(2, 4);
  REQUIRE(cluster.decide().size() == 8);
  cluster.scheduler.worker_lost(1, "1");
  cluster.scheduler.worker_joined(3, 8);
  const auto again = cluster.decide();
  CHECK(again.size() == 8);
  CHECK(segments_of(again, good).contains(0));
  for (const Assign& assign : again) {
    CHECK(assign.worker == 3);
    CHECK(cluster.succeed(assign));
  }
  CHECK(cluster.decide().size() == 8);
}

}  // namespace tilework::engine
