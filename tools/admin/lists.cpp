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

// How a list is to be shown.
struct Form {
  ListChoice choice;
  bool json;
  bool one_line;
};

template <class Value>
std::string text_of(const Value& value, const std::string& table, const Form& form) {
  return form.json ? dump(to_json(value), form.one_line) : table;
}

Shown show_masters(Access& access, const Form& form) {
  const auto reports = report_on_masters(access);
  Shown result{text_of(reports, masters_table(reports, form.choice), form), code_of(reports)};
  if (result.code == cli::unreachable && !form.json) result.text += advice(Fault::unreachable) + "\n";
  if (result.code == cli::wrong_token && !form.json) result.text += advice(Fault::denied) + "\n";
  return result;
}

Shown show_once(Access& access, List list, const Form& form) {
  switch (list) {
    case List::masters:
      return show_masters(access, form);
    case List::workers: {
      const auto workers = chosen(access.session().workers().get(), form.choice);
      return {text_of(workers, workers_table(workers, form.choice), form)};
    }
    case List::plugins: {
      const auto plugins = access.session().plugins().get();
      return {text_of(plugins, plugins_table(plugins), form)};
    }
    case List::clients: {
      const auto clients = access.session().clients().get();
      return {text_of(clients, clients_table(clients), form)};
    }
    case List::jobs:
      break;
  }
  const auto jobs = chosen(access.session().jobs().get(), form.choice);
  return {text_of(jobs, jobs_table(jobs, form.choice), form)};
}

// Returns early when a stop is requested.
void pause(double seconds, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, std::chrono::duration<double>(seconds), [] { return false; });
}

}  // namespace

cli::ExitCode show_list(const CommonOptions& common, List list, const ListChoice& choice,
                        std::optional<double> pause_seconds, const std::stop_token& stop) {
  Access access(common, stop);
  Screen screen(pause_seconds.has_value() && !common.json);
  while (true) {
    const auto [text, code] = show_once(access, list, {choice, common.json, pause_seconds.has_value()});
    screen.show(text);
    if (!pause_seconds) return code;
    pause(*pause_seconds, stop);
    if (stop.stop_requested()) throw Error(Fault::cancelled, "cancelled");
  }
}

}  // namespace tilework::admin
