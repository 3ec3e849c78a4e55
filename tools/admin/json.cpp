#include "tools/admin/json.h"

#include "client/common/text.h"
#include "tools/admin/table_text.h"

namespace tilework::admin {
namespace {

using nlohmann::json;

template <class Duration>
double seconds(Duration time) {
  return std::chrono::duration<double>(time).count();
}

json one(const MasterReport& report) {
  json to{{"master", report.address}, {"answers", report.overview.has_value()}, {"error", nullptr}};
  if (report.error) to["error"] = report.error->what();
  if (!report.overview) return to;
  const auto& overview = *report.overview;
  to.update({{"version", overview.version},
             {"up_seconds", seconds(overview.up_time)},
             {"listens_on", overview.address},
             {"plugin_folder", overview.plugin_folder},
             {"workers", overview.workers},
             {"slots", overview.slots},
             {"busy_slots", overview.busy_slots},
             {"clients", overview.clients},
             {"jobs_running", overview.jobs_running},
             {"jobs_waiting", overview.jobs_waiting},
             {"filters", overview.filters},
             {"host", overview.host},
             {"spool", overview.spool},
             {"spool_free_bytes", overview.spool_free_bytes},
             {"descriptors", overview.descriptors},
             {"descriptor_limit", overview.descriptor_limit}});
  return to;
}

json one(const WorkerDetails& worker) {
  return {{"name", worker.name},
          {"id", worker.id},
          {"address", worker.address},
          {"state", word(worker.state)},
          {"slots", worker.slots},
          {"busy_slots", worker.busy_slots},
          {"segments_done", worker.segments_done},
          {"failures", worker.failures},
          {"sent_bytes", worker.sent_bytes},
          {"received_bytes", worker.received_bytes},
          {"resident_bytes", worker.resident_bytes},
          {"cpu_seconds", seconds(worker.cpu_time)},
          {"cpu_percent", worker.cpu_percent},
          {"heartbeat_seconds", seconds(worker.heartbeat_age)},
          {"version", worker.version},
          {"host", worker.host},
          {"process", worker.process},
          {"up_seconds", seconds(worker.up_time)},
          {"joined_seconds", seconds(worker.joined_age)},
          {"free_disk_bytes", worker.free_disk_bytes},
          {"descriptors", worker.descriptors},
          {"descriptor_limit", worker.descriptor_limit},
          {"last_error", worker.last_error},
          {"last_error_seconds", seconds(worker.last_error_age)},
          {"distrusted_filters", worker.distrusted},
          {"aside_reason", worker.aside_reason},
          {"aside_seconds", seconds(worker.aside_time)}};
}

json one(const DepartedWorker& worker) {
  return {{"name", worker.name},
          {"host", worker.host},
          {"address", worker.address},
          {"how", word(worker.end)},
          {"reason", worker.reason},
          {"left_seconds", seconds(worker.age)},
          {"segments_done", worker.segments_done},
          {"failures", worker.failures}};
}

json one(const PluginDetails& plugin) {
  json filters = json::array();
  for (const auto& filter : plugin.plugin.filters) {
    filters.push_back({{"name", filter.name}, {"version", filter.version}});
  }
  return {{"file", plugin.plugin.file},
          {"digest", plugin.plugin.digest},
          {"filters", std::move(filters)},
          {"state", word(plugin.state)},
          {"workers", plugin.workers},
          {"jobs", plugin.jobs},
          {"loaded_seconds", seconds(plugin.age)},
          {"can_roll_back", plugin.has_earlier}};
}

json one(const RefusedPlugin& file) {
  return {{"file", file.file}, {"reason", file.reason}};
}

json one(const JobSummary& job) {
  return {{"id", job.id},
          {"state", word(job.state)},
          {"image", job.image},
          {"client", job.client},
          {"client_id", job.client_id},
          {"recipe", job.recipe},
          {"segments_done", job.segments_done},
          {"segments_total", job.segments_total},
          {"age_seconds", seconds(job.age)},
          {"run_seconds", seconds(job.run_time)},
          {"reason", job.reason}};
}

json one(const ClientDetails& client) {
  return {{"id", client.id},
          {"name", name_of(client.info)},
          {"program", client.info.program},
          {"user", client.info.user},
          {"host", client.info.host},
          {"process", client.info.process},
          {"address", client.address},
          {"connected_seconds", seconds(client.connected)},
          {"silent_seconds", seconds(client.silence)},
          {"images", client.images},
          {"image_bytes", client.image_bytes},
          {"jobs", client.jobs},
          {"previews", client.previews}};
}

template <class List>
json array(const List& list) {
  json to = json::array();
  for (const auto& element : list) to.push_back(one(element));
  return to;
}

}  // namespace

json to_json(const std::vector<MasterReport>& masters) {
  return array(masters);
}

json to_json(const WorkerList& workers) {
  return {{"workers", array(workers.workers)}, {"left", array(workers.left)}};
}

json to_json(const PluginList& plugins) {
  return {{"plugins", array(plugins.plugins)}, {"refused", array(plugins.refused)}};
}

json to_json(const std::vector<JobSummary>& jobs) {
  return array(jobs);
}

json to_json(const std::vector<ClientDetails>& clients) {
  return array(clients);
}

json to_json(const LogLine& line) {
  return {{"number", line.number}, {"text", line.text}};
}

std::string dump(const json& document, bool one_line) {
  return cli::json_text(document, one_line ? -1 : 2);
}

}  // namespace tilework::admin
