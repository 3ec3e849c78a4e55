// What clients see of their jobs, and of the cluster that runs them. Pure values; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "schema/model/finding.h"

namespace tilework {

enum class JobState {
  queued,
  running,
  waiting,  // for a worker to connect
  done,
  failed,
  cancelled,
};

struct JobProgress {
  JobState state = JobState::queued;
  std::uint64_t segments_done = 0;
  std::uint64_t segments_total = 0;  // of all passes; 0 until it is known
  std::uint32_t workers = 0;         // that take segments now
  friend bool operator==(const JobProgress&, const JobProgress&) = default;
};

// A version of a filter that a job used.
struct UsedFilter {
  std::string name;
  std::string version;
  std::string digest;  // of its plugin
};

struct JobResult {
  std::uint64_t bytes = 0;  // of the encoded file
  int width = 0;            // pixels
  int height = 0;
  std::vector<std::string> notes;  // what the user should know, as "only the first of 12 frames was used"
  std::chrono::microseconds run_time{0};  // from the start of decoding to the end of encoding
  std::uint64_t segments = 0;
  std::uint64_t retried = 0;  // attempts that had to be made again
  // Of pixels and stats over the network, between the master and workers on other machines.
  std::uint64_t wire_bytes = 0;
  std::vector<UsedFilter> filters;  // in the order of the recipe
  std::vector<Finding> findings;    // of its detectors: from top to bottom, then from left to right
};

struct WorkerSummary {
  std::string name;
  std::string version;
  std::string host;  // its machine's name
  std::uint32_t process = 0;
  std::uint32_t slots = 0;
  std::uint32_t busy_slots = 0;
  std::uint64_t segments_done = 0;
  std::uint64_t failures = 0;
  std::uint64_t sent_bytes = 0;           // of pixels over the network, to the worker
  std::uint64_t received_bytes = 0;       // of pixels and stats, from it
  std::uint64_t resident_bytes = 0;       // of the worker and its filter hosts
  std::chrono::microseconds cpu_time{0};  // used since the start, likewise
  std::chrono::seconds up_time{0};
  std::uint64_t free_disk_bytes = 0;  // where its state folder lies
  std::uint32_t descriptors = 0;      // that it has open
  std::uint32_t descriptor_limit = 0;
};

// Of a master that was asked whether it can be reached.
struct MasterAnswer {
  bool is_reachable = false;
  std::chrono::milliseconds time{0};  // from the connection's begin to the answer
  std::string why = {};               // it isn't
};

struct ClusterStatus {
  std::string master_version;
  std::vector<WorkerSummary> workers;
};

}  // namespace tilework
