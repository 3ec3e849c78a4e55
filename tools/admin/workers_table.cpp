// The list of workers: which of them, in which order, and what is shown of them.
#include <algorithm>
#include <cmath>

#include "tools/admin/columns.h"
#include "tools/admin/tables.h"

namespace tilework::admin {
namespace {

using cli::bytes_text;
using cli::printable;

// Of those that have left: enough to see what happens at present.
constexpr std::size_t left_shown = 10;

std::string ago(std::chrono::milliseconds age) {
  return age_text(age) + " ago";
}

std::string files_text(const WorkerDetails& worker) {
  return worker.descriptor_limit == 0 ? "-" : share(worker.descriptors, worker.descriptor_limit);
}

using Worker = Column<WorkerDetails>;

const std::vector<Worker>& columns() {
  static const std::vector<Worker> all{
      {"WORKER", [](auto& w) { return printable(w.name); }},
      {"ID", [](auto& w) { return std::to_string(w.id); }},
      {"HOST", [](auto& w) { return printable(w.host); }, {}, true},
      {"ADDRESS", [](auto& w) { return printable(w.address); }, {}, true},
      {"STATE", [](auto& w) { return std::string(word(w.state)); }},
      {"BUSY", [](auto& w) { return share(w.busy_slots, w.slots); }, [](auto& w) { return w.busy_slots; }},
      {"CPU", [](auto& w) { return std::to_string(std::lround(w.cpu_percent)) + " %"; },
       [](auto& w) { return w.cpu_percent; }},
      {"MEMORY", [](auto& w) { return bytes_text(w.resident_bytes); },
       [](auto& w) { return static_cast<double>(w.resident_bytes); }},
      {"DONE", [](auto& w) { return std::to_string(w.segments_done); },
       [](auto& w) { return static_cast<double>(w.segments_done); }},
      {"FAILED", [](auto& w) { return std::to_string(w.failures); },
       [](auto& w) { return static_cast<double>(w.failures); }},
      {"SENT", [](auto& w) { return bytes_text(w.sent_bytes); },
       [](auto& w) { return static_cast<double>(w.sent_bytes); }, true},
      {"RECEIVED", [](auto& w) { return bytes_text(w.received_bytes); },
       [](auto& w) { return static_cast<double>(w.received_bytes); }, true},
      {"UP", [](auto& w) { return age_text(w.up_time); },
       [](auto& w) { return static_cast<double>(w.up_time.count()); }, true},
      {"JOINED", [](auto& w) { return ago(w.joined_age); },
       [](auto& w) { return static_cast<double>(w.joined_age.count()); }, true},
      {"DISK FREE", [](auto& w) { return bytes_text(w.free_disk_bytes); },
       [](auto& w) { return static_cast<double>(w.free_disk_bytes); }, true},
      {"FILES", files_text, [](auto& w) { return static_cast<double>(w.descriptors); }, true},
      {"HEARTBEAT", [](auto& w) { return ago(w.heartbeat_age); },
       [](auto& w) { return static_cast<double>(w.heartbeat_age.count()); }},
      {"VERSION", [](auto& w) { return printable(w.version); }, {}, true}};
  return all;
}

bool is_troubled(const WorkerDetails& worker) {
  return worker.failures > 0 || worker.state == WorkerState::aside || worker.state == WorkerState::silent;
}

std::string list_of(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + printable(word);
  return text;
}

std::string totals_line(const std::vector<WorkerDetails>& workers) {
  std::uint64_t slots = 0, busy = 0, done = 0, failures = 0;
  for (const auto& worker : workers) {
    slots += worker.slots;
    busy += worker.busy_slots;
    done += worker.segments_done;
    failures += worker.failures;
  }
  std::string text = counted(workers.size(), "worker") + ", " + counted(slots, "slot") + " (" +
                     std::to_string(busy) + " busy), " + std::to_string(done) + " done, " +
                     std::to_string(failures) + " failed";
  for (const auto state :
       {WorkerState::draining, WorkerState::drained, WorkerState::silent, WorkerState::aside}) {
    const auto count = std::ranges::count(workers, state, &WorkerDetails::state);
    if (count > 0) text += ", " + std::to_string(count) + " " + word(state);
  }
  return text + "\n";
}

// Sentences have lines of their own: they would make the table wider than a terminal.
std::string trouble_table(const std::vector<WorkerDetails>& workers) {
  std::vector<std::vector<std::string>> rows{{"TROUBLE AT", "WHEN", "WHAT"}};
  for (const auto& worker : workers) {
    const std::string name = printable(worker.name);
    if (worker.state == WorkerState::aside) {
      rows.push_back({name, "now",
                      "set aside: " + printable(worker.aside_reason) + "; tried again in " +
                          age_text(worker.aside_time)});
    }
    if (!worker.last_error.empty()) {
      rows.push_back({name, ago(worker.last_error_age), printable(worker.last_error)});
    }
    if (!worker.distrusted.empty()) {
      rows.push_back(
          {name, "now", "it gets no more of " + list_of(worker.distrusted) + ": failed too often"});
    }
  }
  return rows.size() == 1 ? "" : "\n" + cli::table(rows);
}

std::string left_table(const std::vector<DepartedWorker>& left, bool all) {
  if (left.empty()) return "";
  std::vector<std::vector<std::string>> rows{{"LEFT", "HOST", "HOW", "WHEN", "DONE", "FAILED", "REASON"}};
  const std::size_t shown = all ? left.size() : std::min(left.size(), left_shown);
  for (const auto& worker : std::span(left).first(shown)) {
    rows.push_back({printable(worker.name), printable(worker.host), word(worker.end), ago(worker.age),
                    std::to_string(worker.segments_done), std::to_string(worker.failures),
                    printable(worker.reason)});
  }
  const std::string more = std::to_string(left.size() - shown) + " that left before: --wide\n";
  return "\n" + cli::table(rows) + (shown == left.size() ? "" : more);
}

}  // namespace

std::vector<std::string> worker_sort_names() {
  return sort_names<WorkerDetails>(columns());
}

WorkerList chosen(WorkerList list, const ListChoice& choice) {
  std::ranges::sort(list.workers, [](const auto& a, const auto& b) {
    return a.name != b.name ? natural_less(a.name, b.name) : a.id < b.id;
  });
  sort_by<WorkerDetails>(list.workers, columns(), choice.sort);
  if (!choice.failed) return list;
  std::erase_if(list.workers, [](const auto& worker) { return !is_troubled(worker); });
  std::erase_if(list.left, [](const auto& worker) { return worker.end == DepartedWorker::End::stopped; });
  return list;
}

std::string workers_table(const WorkerList& list, const ListChoice& choice) {
  const char* none = choice.failed ? "No worker that is connected has failed, is silent or set aside.\n"
                                   : "No worker is connected.\n";
  const std::string connected = list.workers.empty()
                                    ? none
                                    : table_of<WorkerDetails>(list.workers, columns(), choice.wide) + "\n" +
                                          totals_line(list.workers) + trouble_table(list.workers);
  return connected + left_table(list.left, choice.wide);
}

}  // namespace tilework::admin
