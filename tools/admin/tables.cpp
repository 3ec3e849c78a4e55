#include "tools/admin/tables.h"

#include <algorithm>

#include "client/common/text.h"
#include "tools/admin/table_text.h"

namespace tilework::admin {
namespace {

using cli::printable;
using Rows = std::vector<std::vector<std::string>>;

constexpr std::size_t digest_length = 12;  // enough for people to tell versions apart

std::string filters_text(const std::vector<FilterDescription>& filters) {
  std::string text;
  for (const auto& filter : filters) {
    text += (text.empty() ? "" : ", ") + printable(filter.name) + " " + printable(filter.version);
  }
  return text.empty() ? "-" : text;
}

std::string refused_table(const std::vector<RefusedPlugin>& refused) {
  if (refused.empty()) return "";
  Rows rows{{"REFUSED FILE", "REASON"}};
  for (const auto& file : refused) rows.push_back({printable(file.file), printable(file.reason)});
  return "\n" + cli::table(rows);
}

}  // namespace

std::string masters_table(const std::vector<MasterReport>& masters, const ListChoice& choice) {
  Rows rows{
      {"MASTER", "STATE", "WORKERS", "BUSY", "CLIENTS", "RUNNING", "WAITING", "FILTERS", "UP", "VERSION"}};
  if (choice.wide) rows[0].insert(rows[0].end(), {"HOST", "FILES", "SPOOL FREE", "SPOOL"});
  std::string notes;
  for (const auto& [address, overview, error] : masters) {
    if (overview) {
      rows.push_back({printable(address), "ready", std::to_string(overview->workers),
                      share(overview->busy_slots, overview->slots), std::to_string(overview->clients),
                      std::to_string(overview->jobs_running), std::to_string(overview->jobs_waiting),
                      std::to_string(overview->filters), age_text(overview->up_time),
                      printable(overview->version)});
      if (choice.wide) {
        rows.back().insert(
            rows.back().end(),
            {printable(overview->host), share(overview->descriptors, overview->descriptor_limit),
             cli::bytes_text(overview->spool_free_bytes), printable(overview->spool)});
      }
    } else {
      const bool denied = error->fault() == Fault::denied;
      rows.push_back({printable(address), denied ? "wrong token" : "unreachable", "-", "-", "-", "-", "-",
                      "-", "-", "-"});
      notes += printable(error->what()) + "\n";
    }
  }
  return cli::table(rows) + (notes.empty() ? "" : "\n") + notes;
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
