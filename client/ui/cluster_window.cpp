#include "client/ui/cluster_window.h"

#include <cstdio>

#include <imgui.h>
#include <imgui_stdlib.h>

#include "client/ui/theme.h"
#include "client/ui/widget_map.h"
#include "client/ui/widgets.h"

namespace tilework::client {
namespace {

constexpr ImGuiTableFlags table_flags = ImGuiTableFlags_RowBg | ImGuiTableFlags_BordersInnerH |
                                        ImGuiTableFlags_SizingStretchProp | ImGuiTableFlags_PadOuterX;

void cell(const std::string& text) {
  ImGui::TableNextColumn();
  ImGui::TextUnformatted(text.c_str());
}

std::string number(double value, const char* format) {
  char text[32];
  std::snprintf(text, sizeof(text), format, value);
  return text;
}

double found(const std::map<std::string, double>& values, const std::string& name) {
  const auto at = values.find(name);
  return at == values.end() ? 0 : at->second;
}

// Where a worker runs, and what its machine has left.
std::string machine_of(const WorkerSummary& worker) {
  if (worker.host.empty()) return "";
  std::string text = "On " + worker.host + ", process " + std::to_string(worker.process);
  if (worker.free_disk_bytes > 0) text += "\n" + bytes_text(worker.free_disk_bytes) + " free on its disk";
  return text;
}

}  // namespace

void ClusterWindow::draw(const Model& model, Intents& intents) {
  if (!open_) return;
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowSize({std::min(scaled(860), screen.x * 0.9F), std::min(scaled(560), screen.y * 0.85F)},
                           ImGuiCond_Appearing);
  ImGui::SetNextWindowPos({screen.x / 2, screen.y / 2}, ImGuiCond_Appearing, {0.5F, 0.5F});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, scaled(8));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 1);
  if (ImGui::Begin("Cluster", &open_, ImGuiWindowFlags_NoCollapse)) {
    draw_masters(model, intents);
    ImGui::Spacing();
    draw_workers(model.cluster);
    ImGui::Spacing();
    draw_filters(model.cluster);
  }
  ImGui::End();
  ImGui::PopStyleVar(2);
}

void ClusterWindow::draw_masters(const Model& model, Intents& intents) {
  heading("Masters");
  if (model.cluster.is_private) note("A private cluster on this machine, which ends with this program.");
  for (const auto& master : model.cluster.masters) {
    const auto& answer = master.answer;
    const bool answers = answer && answer->is_reachable && !master.is_current;
    const bool is_away = answer && !answer->is_reachable && !master.is_current;
    const ImVec4 ink = master.is_current                         ? palette().good
                       : is_away || (master.is_lost && !answers) ? palette().bad
                                                                 : palette().dim;
    const char* state = master.is_current ? "current"
                        : answers         ? "reachable"
                        : is_away         ? "not reachable"
                        : master.is_lost  ? "lost"
                                          : "not in use";
    ImGui::TextColored(ink, "%s", state);
    ImGui::SameLine(scaled(120));
    ImGui::TextUnformatted(master.address.c_str());
    if (master.is_current) continue;
    const std::string more = answers   ? "answers in " + std::to_string(answer->time.count()) + " ms"
                             : is_away ? answer->why
                                       : master.why;
    if (more.empty()) continue;
    ImGui::SameLine();
    note(more);
  }
  ImGui::SetNextItemWidth(scaled(320));
  ImGui::InputTextWithHint("##masters", "HOST:PORT,... or nothing for a private cluster", &masters_);
  name_item("cluster/masters");
  ImGui::SameLine();
  if (ImGui::Button("Connect")) intents.push_back(Reconnect{masters_});
  name_item("cluster/connect");
}

void ClusterWindow::draw_workers(const ClusterView& cluster) {
  heading("Workers");
  if (!cluster.status || cluster.status->workers.empty()) {
    note("None is connected. Jobs wait until one is.");
    return;
  }
  if (!ImGui::BeginTable("workers", 8, table_flags)) return;
  for (const char* name : {"Name", "Busy", "Segments/s", "CPU", "Memory", "Network", "Failures", "Version"}) {
    ImGui::TableSetupColumn(name);
  }
  ImGui::TableHeadersRow();
  for (const auto& worker : cluster.status->workers) {
    ImGui::TableNextRow();
    cell(worker.name);
    name_item("cluster/worker/" + worker.name);
    tooltip(machine_of(worker));
    cell(std::to_string(worker.busy_slots) + " of " + std::to_string(worker.slots));
    cell(number(found(cluster.segments_per_second, worker.name), "%.0f"));
    cell(number(found(cluster.cpu_percent, worker.name), "%.0f %%"));
    cell(bytes_text(worker.resident_bytes));
    const auto network = worker.sent_bytes + worker.received_bytes;
    cell(network == 0 ? "shared memory" : bytes_text(network));
    cell(std::to_string(worker.failures));
    cell(worker.version);
  }
  ImGui::EndTable();
}

void ClusterWindow::draw_filters(const ClusterView& cluster) {
  heading("Filters");
  if (!ImGui::BeginTable("filters", 4, table_flags)) return;
  for (const char* name : {"Filter", "Version", "Plugin", "Digest"}) ImGui::TableSetupColumn(name);
  ImGui::TableHeadersRow();
  for (const auto& plugin : cluster.plugins) {
    for (const auto& filter : plugin.filters) {
      ImGui::TableNextRow();
      cell(filter.name);
      tooltip(filter.help);
      cell(filter.version);
      cell(plugin.file);
      cell(plugin.digest.substr(0, 16));
      tooltip(plugin.digest);
    }
  }
  ImGui::EndTable();
}

}  // namespace tilework::client
