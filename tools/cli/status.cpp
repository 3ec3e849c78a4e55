#include <iostream>
#include <vector>

#include <nlohmann/json.hpp>

#include "client/common/text.h"
#include "tools/cli/commands.h"

namespace tilework::cli {
namespace {

using nlohmann::json;

json to_json(const ClusterStatus& status) {
  json workers = json::array();
  for (const auto& worker : status.workers) {
    workers.push_back({{"name", worker.name},
                       {"version", worker.version},
                       {"slots", worker.slots},
                       {"busy_slots", worker.busy_slots},
                       {"segments_done", worker.segments_done},
                       {"failures", worker.failures},
                       {"resident_bytes", worker.resident_bytes},
                       {"cpu_seconds", static_cast<double>(worker.cpu_time.count()) * 1e-6}});
  }
  return {{"version", status.master_version}, {"workers", std::move(workers)}};
}

std::string to_table(const ClusterStatus& status) {
  std::vector<std::vector<std::string>> rows{
      {"WORKER", "BUSY", "DONE", "FAILED", "MEMORY", "CPU TIME", "VERSION"}};
  for (const auto& worker : status.workers) {
    rows.push_back(
        {printable(worker.name), std::to_string(worker.busy_slots) + "/" + std::to_string(worker.slots),
         std::to_string(worker.segments_done), std::to_string(worker.failures),
         bytes_text(worker.resident_bytes), duration_text(worker.cpu_time), printable(worker.version)});
  }
  return "master, version " + printable(status.master_version) + "\n" +
         (status.workers.empty() ? "no worker is connected\n" : table(rows));
}

}  // namespace

ExitCode status(const CommonOptions& common, const std::stop_token& stop) {
  Cluster cluster(common, stop);
  const auto status = cluster.session().status().get();
  if (common.json) {
    std::cout << json_text(to_json(status));
  } else {
    std::cout << to_table(status);
  }
  return success;
}

}  // namespace tilework::cli
