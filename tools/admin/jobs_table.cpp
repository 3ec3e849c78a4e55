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

// What lists of files and filters may take of a line.
constexpr std::size_t narrow = 30;

std::string shortened(const std::string& text, bool wide) {
  const std::size_t width = cli::width_of(text);
  if (wide || width <= narrow) return text;
  std::size_t end = text.size();
  while (cli::width_of(std::string_view(text).substr(0, end)) > narrow - 3) --end;
  return text.substr(0, end) + "...";
}

std::string client_text(const JobSummary& job) {
  return printable(job.client) + (job.client_id == 0 ? "" : " (" + std::to_string(job.client_id) + ")");
}

using Job = Column<JobSummary>;

std::vector<Job> columns(std::size_t id_length, bool wide) {
  return {{"JOB", [id_length](auto& job) { return printable(job.id.substr(0, id_length)); }},
          {"STATE", [](auto& job) { return std::string(word(job.state)); }},
          {"SEGMENTS", progress_text, [](auto& job) { return static_cast<double>(job.segments_total); }},
          {"IMAGE", [wide](auto& job) { return shortened(last_part(job.image), wide); }},
          {"RECIPE", [wide](auto& job) { return shortened(printable(job.recipe), wide); }},
          {"CLIENT", client_text},
          {"SUBMITTED", [](auto& job) { return age_text(job.age) + " ago"; },
           [](auto& job) { return -static_cast<double>(job.age.count()); }},
          {"RAN", [](auto& job) { return job.run_time.count() > 0 ? cli::duration_text(job.run_time) : "-"; },
           [](auto& job) { return static_cast<double>(job.run_time.count()); }}};
}

// Sentences have lines of their own: they would make the table wider than a terminal.
std::string reasons_table(const std::vector<JobSummary>& jobs, std::size_t id_length) {
  std::vector<std::vector<std::string>> rows{{"JOB", "REASON"}};
  for (const auto& job : jobs) {
    if (!job.reason.empty()) rows.push_back({printable(job.id.substr(0, id_length)), printable(job.reason)});
  }
  return rows.size() == 1 ? "" : "\n" + cli::table(rows);
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
  const auto length = telling_length(ids);
  return table_of<JobSummary>(jobs, columns(length, choice.wide), choice.wide) + "\n" + totals_line(jobs) +
         reasons_table(jobs, length);
}

}  // namespace tilework::admin
