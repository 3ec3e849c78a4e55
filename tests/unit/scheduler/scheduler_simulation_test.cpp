// The scheduler among a thousand workers and every fault, and how fast it decides.
#include "tests/support/scheduler_simulation.h"

#include <chrono>
#include <deque>
#include <iostream>

#include <catch2/catch.hpp>

#include "server/engine/scheduler/scheduler.h"

namespace tilework::test {
namespace {

TEST_CASE("a thousand workers and tens of thousands of segments keep all promises through all faults",
          "[scheduler]") {
  const auto seed = GENERATE(range(1, 4));
  INFO("seed " << seed);
  const auto report = simulate({.seed = static_cast<std::uint64_t>(seed),
                                .workers = 1'000,
                                .jobs = 12,
                                .segments = 3'000,
                                .window = 400,
                                .mishap_every = 40,
                                // Each of them lives for a minute and a half: many segments meet two ends.
                                .losses_of_segment = 5});
  CHECK(report.completed + report.failed + report.cancelled == 12);
  CHECK(report.completed >= 4);
  CHECK(report.delivered > 10'000);
  CHECK(report.races > 0);
  CHECK(report.stale > 0);
  CHECK(report.failures > 0);
  CHECK(report.troubles > 0);
  CHECK(report.looked_at > 0);
  CHECK(report.workers_lost > 100);
}

TEST_CASE("a small cluster under constant faults keeps all promises", "[scheduler]") {
  SimulationReport sum;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    const auto report = simulate({.seed = seed,
                                  .workers = 8,
                                  .jobs = 6,
                                  .segments = 60,
                                  .window = 12,
                                  .mishap_every = 900,
                                  // Two ends are soon met where workers live for 15 s.
                                  .losses_of_segment = seed % 4 == 0 ? 2u : 5u});
    CHECK(report.completed + report.failed + report.cancelled == 6);
    sum.completed += report.completed;
    sum.failed += report.failed;
    sum.cancelled += report.cancelled;
    sum.races += report.races;
    sum.troubles += report.troubles;
  }
  CHECK(sum.completed > sum.failed);
  CHECK(sum.failed > 0);
  CHECK(sum.cancelled > 0);
  CHECK(sum.races > 0);
  CHECK(sum.troubles > 0);
}

TEST_CASE("segments that end their workers fail their own jobs, and no other", "[scheduler]") {
  SimulationReport sum;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    const auto report = simulate({.seed = seed,
                                  .workers = seed % 2 == 0 ? 8u : 2u,
                                  .jobs = 8,
                                  .segments = 60,
                                  .window = 12,
                                  .mishap_every = 900,
                                  .has_evil = true});
    CHECK(report.completed + report.failed + report.cancelled == 8);
    sum.completed += report.completed;
    sum.convicted += report.convicted;
    sum.workers_lost += report.workers_lost;
  }
  CHECK(sum.convicted > 40);
  CHECK(sum.completed > 100);
  CHECK(sum.workers_lost > 2 * sum.convicted);
}

// Each result brings a new segment and a decision, as in a cluster under full load.
TEST_CASE("decisions for a thousand busy workers", "[.bench]") {
  using namespace engine;
  constexpr JobId jobs = 10;
  constexpr SegmentIndex window = 1'000, total = 1'000'000;
  Scheduler scheduler;
  for (WorkerId worker = 1; worker <= 1'000; ++worker) scheduler.worker_joined(worker, 4);
  for (JobId job = 1; job <= jobs; ++job) {
    scheduler.job_added(job, "blur", job % 3);
    for (SegmentIndex segment = 0; segment < window; ++segment) scheduler.segment_ready(job, segment);
  }
  std::vector<SegmentIndex> next(jobs + 1, window);
  std::deque<Assign> running;
  SegmentIndex assigned = 0;
  const auto start = std::chrono::steady_clock::now();
  for (Milliseconds now = 0; assigned < total; ++now) {
    const auto actions = scheduler.decide(now / 10);
    assigned += actions.assign.size();
    running.insert(running.end(), actions.assign.begin(), actions.assign.end());
    const Assign done = running.front();
    running.pop_front();
    REQUIRE(scheduler.succeeded(done.attempt, now / 10));
    scheduler.segment_ready(done.job, next[done.job]++);
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  std::cout << static_cast<std::uint64_t>(static_cast<double>(assigned) / taken.count())
            << " assignments/s with 1,000 workers\n";
  CHECK(static_cast<double>(assigned) / taken.count() > 100'000);
}

}  // namespace
}  // namespace tilework::test
