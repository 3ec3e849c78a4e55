#include <algorithm>
#include <iostream>
#include <optional>

#include "client/admin/plugin_file.h"
#include "client/common/text.h"
#include "tools/admin/commands.h"
#include "tools/admin/json.h"

namespace tilework::admin {
namespace {

using cli::printable;
using nlohmann::json;

// What the command did: a line for people, a document for scripts.
cli::ExitCode tell(const CommonOptions& common, const std::string& line, const json& document) {
  std::cout << (common.json ? dump(document) : line + "\n") << std::flush;
  return cli::success;
}

using DrainReport = MasterAnswer<std::uint32_t>;  // how many workers it knows

// Of masters that all fail, the error that says most: one that answered before one that didn't.
const Error& gravest(const std::vector<DrainReport>& reports) {
  for (const auto fault : {Fault::denied, Fault::failed, Fault::user}) {
    for (const auto& report : reports) {
      if (report.error->fault() == fault) return *report.error;
    }
  }
  return *reports.front().error;
}

std::string drained_line(const std::string& worker, bool draining, std::uint32_t workers) {
  const std::string name = printable(worker);
  if (workers == 0) return name + " isn't connected; it gets segments when it comes.";
  if (draining) return name + " finishes what it has, and gets nothing new.";
  return name + " gets segments again.";
}

}  // namespace

cli::ExitCode drain(const CommonOptions& common, const std::string& worker, bool draining,
                    const std::stop_token& stop) {
  Access access(common, stop);
  const auto reports =
      ask_each(access, [&](client::AdminSession& session) { return session.drain(worker, draining); });
  if (std::ranges::none_of(reports, [](const auto& report) { return report.value.has_value(); })) {
    throw gravest(reports);
  }
  json masters = json::array();
  std::uint32_t workers = 0;
  for (const auto& report : reports) {
    json entry{{"master", report.master}, {"workers", report.value.value_or(0)}, {"error", nullptr}};
    if (report.error) {
      entry["error"] = report.error->what();
      // A master that doesn't know the worker doesn't matter; one that couldn't be told does.
      if (report.error->fault() != Fault::failed) {
        std::cerr << "tilework-admin: not told: " << printable(report.error->what()) << "\n";
      }
    }
    workers += report.value.value_or(0);
    masters.push_back(std::move(entry));
  }
  return tell(common, drained_line(worker, draining, workers),
              {{"worker", worker}, {"draining", draining}, {"masters", std::move(masters)}});
}

cli::ExitCode cancel(const CommonOptions& common, const std::string& job, const std::stop_token& stop) {
  Access access(common, stop);
  const std::string id = access.session().cancel(job).get();
  return tell(common, "The job " + printable(id) + " is cancelled.", {{"cancelled", id}});
}

cli::ExitCode end_client(const CommonOptions& common, const std::string& client,
                         const std::stop_token& stop) {
  Access access(common, stop);
  const std::string name = access.session().end_client(client).get();
  return tell(common, "The session of " + printable(name) + " is ended, and its jobs with it.",
              {{"ended", name}});
}

cli::ExitCode install(const CommonOptions& common, const std::string& file, const std::stop_token& stop) {
  client::open_plugin_file(file);  // what is no plugin needs no token to be refused
  Access access(common, stop);
  const std::string name = access.session().install(file).get();
  return tell(common, printable(name) + " is installed; new jobs can use it.", {{"installed", name}});
}

cli::ExitCode withdraw(const CommonOptions& common, const std::string& name, const std::stop_token& stop) {
  Access access(common, stop);
  const std::string file = access.session().withdraw(name).get();
  return tell(common,
              printable(file) + " is withdrawn; its running jobs finish. `tilework-admin plugin rollback " +
                  printable(file) + "` brings it back.",
              {{"withdrawn", file}});
}

cli::ExitCode retry(const CommonOptions& common, const std::string& name, const std::stop_token& stop) {
  Access access(common, stop);
  const std::string file = access.session().retry_plugin(name).get();
  return tell(common,
              printable(file) + " is out of quarantine; new jobs can use it if it is in the plugin folder.",
              {{"retried", file}});
}

cli::ExitCode roll_back(const CommonOptions& common, const std::string& name, const std::stop_token& stop) {
  Access access(common, stop);
  const auto version = access.session().roll_back(name).get();
  return tell(common,
              printable(version.file) + " is back at the version with the digest " +
                  printable(version.digest.substr(0, 12)) + "; new jobs get it.",
              {{"file", version.file}, {"digest", version.digest}});
}

}  // namespace tilework::admin
