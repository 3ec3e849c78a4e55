// A cluster in which everything goes wrong that can, on one simulated clock: workers die, come back, freeze,
// drain, are slow and run out of disk; filters fail; answers come late, twice or not at all; jobs come and
// are cancelled. All of it follows from the seed. The scheduler's promises are checked at each event.
#pragma once

#include <cstdint>

namespace tilework::test {

struct SimulationPlan {
  std::uint64_t seed = 0;
  unsigned workers = 0;
  unsigned jobs = 0;
  unsigned segments = 0;           // of a job, on average
  unsigned window = 0;             // segments that a job may have open, on average
  unsigned mishap_every = 0;       // milliseconds, on average
  unsigned losses_of_segment = 2;  // see SchedulerOptions
  // A quarter of the jobs has a segment that ends its worker, wherever it is computed, and nothing else ends
  // one but a stop.
  bool has_evil = false;
};

// How the jobs ended, and what has happened on the way.
struct SimulationReport {
  unsigned completed = 0;
  unsigned failed = 0;
  unsigned cancelled = 0;
  unsigned convicted = 0;       // of those that failed: for the loss of workers
  std::uint64_t delivered = 0;  // segments
  std::uint64_t stale = 0;      // results that came for nothing
  std::uint64_t looked_at = 0;  // answers, before they counted
  std::uint64_t failures = 0;   // of attempts
  std::uint64_t troubles = 0;   // of workers' machines
  std::uint64_t workers_lost = 0;
  std::uint64_t races = 0;
};

// Throws BrokenPromise, also for a job that fails for what another's segment has done; or std::runtime_error
// if a job doesn't end.
SimulationReport simulate(const SimulationPlan& plan);

}  // namespace tilework::test
