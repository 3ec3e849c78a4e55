// tilework-server: a master, a worker, or a whole cluster on this machine.

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>
#include <kj/common.h>
#include <kj/exception.h>
#include <unistd.h>

#include "schema/model/error.h"
#include "schema/model/version.h"
#include "schema/transport/errors.h"
#include "schema/transport/machine.h"
#include "server/commands/commands.h"
#include "server/commands/options.h"
#include "server/commands/process.h"
#include "server/host/cgroups/server_cgroup.h"
#include "server/worker/crash_report.h"

namespace {

using tilework::Error;
using tilework::Fault;
namespace server = tilework::server;

std::string default_spool() {
  const char* folder = std::getenv("TMPDIR");
  return folder != nullptr && *folder != 0 ? folder : "/var/tmp";
}

std::string own_name() {
  return tilework::transport::host_name() + "/" + std::to_string(::getpid());
}

// The commands, as long as nothing else is said.
struct Commands {
  server::MasterCommand master;
  server::WorkerCommand worker;
  server::LocalCommand local;

  Commands() {
    master.common.plugins = server::own_program().parent_path().parent_path() / "plugins";
    worker.common = local.common = master.common;
    master.options.spool = default_spool();
    local.master = master;
    worker.options.name = own_name();
    worker.options.slots = std::max(1u, std::thread::hardware_concurrency());
  }
};

void describe(CLI::App& app) {
  app.set_version_flag("--version", std::string("tilework-server ") + tilework::version);
  app.require_subcommand(1);
  app.fallthrough();  // --config may stand after the command
  app.set_config("--config", "", "Read options from this file");
  app.footer(
      "Exit codes: 0 stopped by a signal, 2 wrong options or a place that can't be used, 4 a failure.\n"
      "With --config FILE, options are read from a file as well (TOML or INI): a section for each command, "
      "such as\n"
      "[local], with the options' names without dashes. The command line counts before it.\n"
      "Administrators need the token in the file admin-token of the folder --state; see tilework-admin.\n"
      "Workers on other machines need the secret in the file join-secret there, by --join-secret.\n"
      "Clients have no passwords yet, and nothing is encrypted: listen beyond this machine on trusted "
      "networks "
      "alone.");
}

// Gives the program's exit code for what ends `work`.
template <class Work>
int exit_code_of(Work&& work) {
  try {
    return work();
  } catch (const Error& error) {
    return server::end_with(error.fault() == Fault::user ? 2 : 4, error.what());
  } catch (const kj::Exception& error) {
    return server::end_with(4, tilework::transport::from_kj(error).what());
  } catch (const std::exception& error) {
    return server::end_with(4, error.what());
  }
}

}  // namespace

int main(int argc, char** argv) {
  Commands commands;
  CLI::App app{"Tilework's server: masters take jobs and cut them into segments, workers compute them."};
  describe(app);
  const auto* master = server::add_master(app, commands.master);
  const auto* worker = server::add_worker(app, commands.worker);
  const auto* local = server::add_local(app, commands.local);
  int signal_of_crash = 0;
  auto* farewell = app.add_subcommand("farewell")->group("");  // by a worker that crashes
  farewell->add_option("signal", signal_of_crash)->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const auto& common = master->parsed()   ? commands.master.common
                       : worker->parsed() ? commands.worker.common
                                          : commands.local.common;
  return exit_code_of([&] {
    if (farewell->parsed()) {
      tilework::worker::send_farewells(std::cin, signal_of_crash);
      return 0;
    }
    auto hung_up = server::set_up_process(common);
    tilework::host::make_room_for_hosts();
    KJ_DEFER(tilework::host::leave_room_for_hosts());
    if (master->parsed()) return server::run_master(commands.master, std::move(hung_up));
    if (worker->parsed()) return server::run_worker(commands.worker, std::move(hung_up));
    return server::run_cluster(commands.local, *local, *master, *worker, std::move(hung_up));
  });
}
