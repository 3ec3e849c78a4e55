// All jobs of all clients: those that wait or run, and the newest that have ended. On the event loop's
// thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include <kj/timer.h>

#include "schema/model/admin.h"

namespace tilework::master {

class JobRun;

// What stays of a job when it has ended.
struct EndedJob {
  JobSummary summary;  // all but its age
  kj::TimePoint submitted;
};

class JobTable {
 public:
  explicit JobTable(std::size_t ended_kept = 200) : ended_kept_(ended_kept) {}
  KJ_DISALLOW_COPY(JobTable);

  // The run is in the table until it has ended. Returns its number here.
  std::uint64_t add(JobRun& run);
  void ended(std::uint64_t number, EndedJob job);
  // What came to an end before there was a job.
  void never_began(EndedJob job);

  // Those that wait or run first, in the order of their submission; then those that have ended, the newest
  // first.
  std::vector<JobSummary> list(kj::TimePoint now) const;

  // Tells the watchers of those that wait or run.
  void tell_all() const;

  // How many of those that wait or run use the plugin with that digest.
  unsigned using_plugin(const std::string& digest) const;

  // The job that waits or runs with that id, or whose id alone begins so. Throws tilework::Error.
  JobRun& get(const std::string& id) const;

 private:
  const std::size_t ended_kept_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, JobRun*> live_;
  std::deque<EndedJob> ended_;  // the newest first
};

}  // namespace tilework::master
