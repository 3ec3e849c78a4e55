#include "tools/admin/tables.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <string_view>

#include "tools/common/text.h"

namespace tilework::admin {
namespace {

using cli::printable;
using Rows = std::vector<std::vector<std::string>>;

constexpr std::size_t digest_length = 12;  // enough for people to tell versions apart
constexpr std::size_t least_id_length = 8;

std::string share(std::uint64_t part, std::uint64_t whole) {
  return std::to_string(part) + "/" + std::to_string(whole);
}

std::size_t digits_at(std::string_view text) {
  const auto end = std::ranges::find_if_not(text, [](unsigned char c) { return std::isdigit(c) != 0; });
  return static_cast<std::size_t>(end - text.begin());
}

// "local-2" before "local-10".
bool natural_less(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    const std::size_t of_a = digits_at(a);
    const std::size_t of_b = digits_at(b);
    if (of_a > 0 && of_b > 0) {
      if (of_a != of_b) return of_a < of_b;
      if (const int order = a.substr(0, of_a).compare(b.substr(0, of_b)); order != 0) return order < 0;
      a.remove_prefix(of_a);
      b.remove_prefix(of_b);
    } else {
      if (a.front() != b.front()) return a.front() < b.front();
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  return a.size() < b.size();
}

std::string filters_text(const std::vector<FilterDescription>& filters) {
  std::string text;
  for (const auto& filter : filters) {
    text += (text.empty() ? "" : ", ") + printable(filter.name) + " " + printable(filter.version);
  }
  return text.empty() ? "-" : text;
}

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

std::string refused_table(const std::vector<RefusedPlugin>& refused) {
  if (refused.empty()) return "";
  Rows rows{{"REFUSED FILE", "REASON"}};
  for (const auto& file : refused) rows.push_back({printable(file.file), printable(file.reason)});
  return "\n" + cli::table(rows);
}

}  // namespace

const char* word(WorkerState state) {
  switch (state) {
    case WorkerState::ready:
      return "ready";
    case WorkerState::draining:
      return "draining";
    case WorkerState::drained:
      return "drained";
    case WorkerState::silent:
      return "silent";
    case WorkerState::aside:
      break;
  }
  return "set aside";
}

const char* word(PluginState state) {
  switch (state) {
    case PluginState::current:
      return "current";
    case PluginState::replaced:
      return "replaced";
    case PluginState::withdrawn:
      break;
  }
  return "withdrawn";
}

const char* word(JobState state) {
  switch (state) {
    case JobState::queued:
      return "queued";
    case JobState::running:
      return "running";
    case JobState::waiting:
      return "waiting";
    case JobState::done:
      return "done";
    case JobState::failed:
      return "failed";
    case JobState::cancelled:
      break;
  }
  return "cancelled";
}

std::string age_text(std::chrono::milliseconds age) {
  const auto seconds = std::max<std::int64_t>(0, age.count() / 1000);
  if (seconds < 60) return std::to_string(seconds) + " s";
  if (seconds < 60 * 60) return std::to_string(seconds / 60) + " min";
  if (seconds < 48 * 60 * 60) return std::to_string(seconds / 3600) + " h";
  return std::to_string(seconds / 86400) + " d";
}

std::size_t telling_length(const std::vector<std::string>& ids) {
  std::vector<std::string> sorted = ids;
  std::ranges::sort(sorted);
  std::size_t length = least_id_length;
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i] == sorted[i - 1]) continue;
    const auto same = std::ranges::mismatch(sorted[i - 1], sorted[i]).in1 - sorted[i - 1].begin();
    length = std::max(length, static_cast<std::size_t>(same) + 1);
  }
  return length;
}

std::string masters_table(const std::vector<MasterReport>& masters) {
  Rows rows{
      {"MASTER", "STATE", "WORKERS", "BUSY", "CLIENTS", "RUNNING", "WAITING", "FILTERS", "UP", "VERSION"}};
  std::string notes;
  for (const auto& [address, overview, error] : masters) {
    if (overview) {
      rows.push_back({printable(address), "ready", std::to_string(overview->workers),
                      share(overview->busy_slots, overview->slots), std::to_string(overview->clients),
                      std::to_string(overview->jobs_running), std::to_string(overview->jobs_waiting),
                      std::to_string(overview->filters), age_text(overview->up_time),
                      printable(overview->version)});
    } else {
      const bool denied = error->fault() == Fault::denied;
      rows.push_back({printable(address), denied ? "wrong token" : "unreachable", "-", "-", "-", "-", "-",
                      "-", "-", "-"});
      notes += printable(error->what()) + "\n";
    }
  }
  return cli::table(rows) + (notes.empty() ? "" : "\n") + notes;
}

std::string workers_table(std::vector<WorkerDetails> workers) {
  if (workers.empty()) return "No worker is connected.\n";
  std::ranges::sort(workers, [](const auto& a, const auto& b) {
    return a.name != b.name ? natural_less(a.name, b.name) : a.id < b.id;
  });
  Rows rows{{"WORKER", "ID", "ADDRESS", "STATE", "BUSY", "CPU", "MEMORY", "DONE", "FAILED", "SENT",
             "RECEIVED", "HEARTBEAT", "VERSION"}};
  for (const auto& worker : workers) {
    rows.push_back({printable(worker.name), std::to_string(worker.id), printable(worker.address),
                    word(worker.state), share(worker.busy_slots, worker.slots),
                    std::to_string(std::lround(worker.cpu_percent)) + " %",
                    cli::bytes_text(worker.resident_bytes), std::to_string(worker.segments_done),
                    std::to_string(worker.failures), cli::bytes_text(worker.sent_bytes),
                    cli::bytes_text(worker.received_bytes), age_text(worker.heartbeat_age) + " ago",
                    printable(worker.version)});
  }
  return cli::table(rows);
}

std::string plugins_table(PluginList list) {
  if (list.plugins.empty()) {
    return "The master has no plugins; install some, or put them into its plugin folder.\n" +
           refused_table(list.refused);
  }
  std::ranges::sort(list.plugins, [](const auto& a, const auto& b) {
    if (a.plugin.file != b.plugin.file) return natural_less(a.plugin.file, b.plugin.file);
    return a.state != b.state ? a.state < b.state : a.age < b.age;
  });
  Rows rows{{"PLUGIN", "FILTERS", "DIGEST", "STATE", "WORKERS", "JOBS", "LOADED", "ROLLBACK"}};
  for (const auto& entry : list.plugins) {
    rows.push_back({printable(entry.plugin.file), filters_text(entry.plugin.filters),
                    printable(entry.plugin.digest.substr(0, digest_length)), word(entry.state),
                    std::to_string(entry.workers), std::to_string(entry.jobs), age_text(entry.age) + " ago",
                    entry.has_earlier ? "possible" : "-"});
  }
  return cli::table(rows) + refused_table(list.refused);
}

std::string jobs_table(const std::vector<JobSummary>& jobs) {
  if (jobs.empty()) return "There are no jobs, and none has ended since the master was started.\n";
  std::vector<std::string> ids;
  for (const auto& job : jobs) ids.push_back(job.id);
  const std::size_t length = telling_length(ids);
  const bool reasons = std::ranges::any_of(jobs, [](const auto& job) { return !job.reason.empty(); });
  Rows rows{{"JOB", "STATE", "SEGMENTS", "IMAGE", "RECIPE", "CLIENT", "SUBMITTED", "RAN"}};
  if (reasons) rows[0].push_back("REASON");
  for (const auto& job : jobs) {
    rows.push_back({printable(job.id.substr(0, length)), word(job.state), progress_text(job),
                    last_part(job.image), printable(job.recipe), printable(job.client),
                    age_text(job.age) + " ago",
                    job.run_time.count() > 0 ? cli::duration_text(job.run_time) : "-"});
    if (reasons) rows.back().push_back(printable(job.reason));
  }
  return cli::table(rows);
}

std::string clients_table(const std::vector<ClientDetails>& clients) {
  if (clients.empty()) return "No client is connected.\n";
  Rows rows{{"ID", "CLIENT", "PROGRAM", "ADDRESS", "SINCE", "HEARD", "IMAGES", "BYTES", "JOBS", "PREVIEWS"}};
  for (const auto& client : clients) {
    rows.push_back({std::to_string(client.id), printable(name_of(client.info)),
                    printable(client.info.program), printable(client.address), age_text(client.connected),
                    age_text(client.silence) + " ago", std::to_string(client.images),
                    cli::bytes_text(client.image_bytes), std::to_string(client.jobs),
                    std::to_string(client.previews)});
  }
  return cli::table(rows);
}

}  // namespace tilework::admin
