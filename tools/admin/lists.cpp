#include <condition_variable>
#include <mutex>
#include <vector>

#include "tools/admin/commands.h"
#include "tools/admin/json.h"
#include "tools/admin/screen.h"
#include "tools/admin/tables.h"

namespace tilework::admin {
namespace {

// What there is to show, once.
struct Shown {
  std::string text;
  cli::ExitCode code = cli::success;
};

std::vector<MasterReport> report_on_masters(Access& access) {
  std::vector<MasterReport> reports;
  for (auto& [master, overview, error] :
       ask_each(access, [](client::AdminSession& session) { return session.overview(); })) {
    reports.push_back({master, overview, error});
  }
  return reports;
}

// What is wrong when no master can be asked. One that can be reached, but refuses the token, is the better
// news.
cli::ExitCode code_of(const std::vector<MasterReport>& reports) {
  cli::ExitCode code = cli::unreachable;
  for (const auto& report : reports) {
    if (report.overview) return cli::success;
    if (report.error->fault() != Fault::unreachable) code = cli::exit_code(report.error->fault());
  }
  return code;
}

template <class Value, class Table>
Shown shown(const Value& value, Table table, bool json, bool one_line) {
  return {json ? dump(to_json(value), one_line) : table(value)};
}

Shown show_once(Access& access, List list, bool json, bool one_line) {
  switch (list) {
    case List::masters: {
      const auto reports = report_on_masters(access);
      auto result = shown(reports, masters_table, json, one_line);
      result.code = code_of(reports);
      if (result.code == cli::unreachable && !json) result.text += advice(Fault::unreachable) + "\n";
      if (result.code == cli::wrong_token && !json) result.text += advice(Fault::denied) + "\n";
      return result;
    }
    case List::workers:
      return shown(access.session().workers().get().workers, workers_table, json, one_line);
    case List::plugins:
      return shown(access.session().plugins().get(), plugins_table, json, one_line);
    case List::clients:
      return shown(access.session().clients().get(), clients_table, json, one_line);
    case List::jobs:
      break;
  }
  return shown(access.session().jobs().get(), jobs_table, json, one_line);
}

// Returns early when a stop is requested.
void pause(double seconds, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, std::chrono::duration<double>(seconds), [] { return false; });
}

}  // namespace

cli::ExitCode show_list(const CommonOptions& common, List list, std::optional<double> pause_seconds,
                        const std::stop_token& stop) {
  Access access(common, stop);
  Screen screen(pause_seconds.has_value() && !common.json);
  while (true) {
    const auto [text, code] = show_once(access, list, common.json, pause_seconds.has_value());
    screen.show(text);
    if (!pause_seconds) return code;
    pause(*pause_seconds, stop);
    if (stop.stop_requested()) throw Error(Fault::cancelled, "cancelled");
  }
}

}  // namespace tilework::admin
