#include "server/master/jobs/job_table.h"

#include <algorithm>
#include <utility>

#include "schema/model/error.h"
#include "server/master/jobs/job_run.h"

namespace tilework::master {
namespace {

std::chrono::milliseconds age(kj::TimePoint submitted, kj::TimePoint now) {
  return std::chrono::milliseconds((now - submitted) / kj::MILLISECONDS);
}

}  // namespace

std::uint64_t JobTable::add(JobRun& run) {
  live_.emplace(++last_, &run);
  return last_;
}

void JobTable::ended(std::uint64_t number, EndedJob job) {
  if (live_.erase(number) > 0) never_began(std::move(job));
}

void JobTable::never_began(EndedJob job) {
  ended_.push_front(std::move(job));
  if (ended_.size() > ended_kept_) ended_.pop_back();
}

std::vector<JobSummary> JobTable::list(kj::TimePoint now) const {
  std::vector<JobSummary> jobs;
  for (const auto& [number, run] : live_) {
    jobs.push_back(run->summary());
    jobs.back().age = age(run->submitted(), now);
  }
  for (const auto& job : ended_) {
    jobs.push_back(job.summary);
    jobs.back().age = age(job.submitted, now);
  }
  return jobs;
}

void JobTable::tell_all() const {
  for (const auto& [number, run] : live_) run->tell();
}

unsigned JobTable::using_plugin(const std::string& digest) const {
  return static_cast<unsigned>(
      std::ranges::count_if(live_, [&](const auto& job) { return job.second->uses(digest); }));
}

JobRun& JobTable::get(const std::string& id) const {
  JobRun* found = nullptr;
  bool several = false;
  // The newest first: a client that lost its connection submits the same id again.
  for (auto entry = live_.rbegin(); entry != live_.rend(); ++entry) {
    JobRun* run = entry->second;
    if (run->id() == id) return *run;
    if (id.empty() || !run->id().starts_with(id)) continue;
    several |= found != nullptr && found->id() != run->id();
    if (found == nullptr) found = run;
  }
  if (several)
    throw Error(Fault::failed, "the ids of several jobs begin with \"" + id + "\"; name more of it");
  if (found != nullptr) return *found;
  for (const auto& job : ended_) {
    if (!id.empty() && job.summary.id.starts_with(id)) {
      throw Error(Fault::failed, "the job " + job.summary.id + " has ended already");
    }
  }
  throw Error(Fault::failed, "no job \"" + id + "\" waits or runs on this master");
}

}  // namespace tilework::master
