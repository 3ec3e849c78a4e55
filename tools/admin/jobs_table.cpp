// The list of jobs: which of them, in which order, and what is shown of them.
#include <algorithm>

#include "tools/admin/columns.h"
#include "tools/admin/tables.h"

namespace tilework::admin {
namespace {

using cli::printable;

std::string progress_text(const JobSummary& job) {
  if (job.segments_total == 0) return "-";
  const auto percent = 100 * std::min(job.segments_done, job.segments_total) / job.segments_total;
  return std::to_string(percent) + " % of " + std::to_string(job.segments_total);
}

// Without the folders before it.
std::string last_part(const std::string& path) {
  const auto slash = path.find_last_of('/');
  return printable(slash == std::string::npos || slash + 1 == path.size() ? path : path.substr(slash + 1));
}

std::string client_text(const JobSummary& job) {
  return printable(job.client) + (job.client_id == 0 ? "" : " (" + std::to_string(job.client_id) + ")");
}

using Job = Column<JobSummary>;

std::vector<Job> columns(std::size_t id_length, bool reasons) {
  std::vector<Job> all{
      {"JOB", [id_length](auto& job) { return printable(job.id.substr(0, id_length)); }},
      {"STATE", [](auto& job) { return std::string(word(job.state)); }},
      {"SEGMENTS", progress_text, [](auto& job) { return static_cast<double>(job.segments_total); }},
      {"IMAGE", [](auto& job) { return last_part(job.image); }},
      {"RECIPE", [](auto& job) { return printable(job.recipe); }},
      {"CLIENT", client_text},
      {"SUBMITTED", [](auto& job) { return age_text(job.age) + " ago"; },
       [](auto& job) { return -static_cast<double>(job.age.count()); }},
      {"RAN", [](auto& job) { return job.run_time.count() > 0 ? cli::duration_text(job.run_time) : "-"; },
       [](auto& job) { return static_cast<double>(job.run_time.count()); }}};
  if (reasons) all.push_back({"REASON", [](auto& job) { return printable(job.reason); }});
  return all;
}

std::string totals_line(const std::vector<JobSummary>& jobs) {
  std::string text = counted(jobs.size(), "job") + ":";
  for (const auto state : {JobState::running, JobState::waiting, JobState::queued, JobState::done,
                           JobState::failed, JobState::cancelled}) {
    const auto count = std::ranges::count(jobs, state, &JobSummary::state);
    if (count > 0) text += (text.ends_with(':') ? " " : ", ") + std::to_string(count) + " " + word(state);
  }
  return text + "\n";
}

}  // namespace

std::vector<std::string> job_sort_names() {
  return sort_names<JobSummary>(columns(0, true));
}

std::vector<JobSummary> chosen(std::vector<JobSummary> jobs, const ListChoice& choice) {
  sort_by<JobSummary>(jobs, columns(std::string::npos, true), choice.sort);
  if (choice.failed) std::erase_if(jobs, [](const auto& job) { return job.state != JobState::failed; });
  return jobs;
}

std::string jobs_table(const std::vector<JobSummary>& jobs, const ListChoice& choice) {
  if (jobs.empty()) {
    return choice.failed ? "No job has failed of those that the master remembers.\n"
                         : "There are no jobs, and none has ended since the master was started.\n";
  }
  std::vector<std::string> ids;
  for (const auto& job : jobs) ids.push_back(job.id);
  const bool reasons = std::ranges::any_of(jobs, [](const auto& job) { return !job.reason.empty(); });
  return table_of<JobSummary>(jobs, columns(telling_length(ids), reasons), true) + "\n" + totals_line(jobs);
}

}  // namespace tilework::admin
