// tilework-admin: remote administration of masters, their workers, plugins and jobs.

#include <deque>
#include <functional>
#include <iostream>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "client/common/command_line.h"
#include "client/common/interrupt.h"
#include "client/common/text.h"
#include "schema/model/error.h"
#include "schema/model/version.h"
#include "tools/admin/commands.h"

namespace {

namespace admin = tilework::admin;
namespace cli = tilework::cli;

constexpr const char* footer =
    R"(Examples:
  tilework-admin masters --master first:7400,second:7400
  tilework-admin workers --watch
  tilework-admin workers --failed --wide
  tilework-admin drain first-machine/worker
  tilework-admin jobs --json
  tilework-admin cancel 3f9a12c0
  tilework-admin clients
  tilework-admin end-client ada@lab
  tilework-admin logs --follow
  tilework-admin plugin install my_filter.so

A master makes its token at its first start, in the file admin-token of its state folder, and names it in its log.
On another machine, copy the file with mode 0600 and name it with --token-file.

Exit codes:
    0  all was done
    2  a mistake of the user's: a wrong option, or a file that is no plugin
    3  no master can be reached, or the connection was lost
    4  the master refused or failed: no such worker, job or client, a plugin that it doesn't take
    5  the token is wrong or can't be read
  130  interrupted (Ctrl-C))";

void add_common(CLI::App& app, admin::CommonOptions& common) {
  app.add_option("--master", common.masters,
                 "Masters, HOST:PORT,HOST:PORT,... (default: $TILEWORK_MASTER, or 127.0.0.1:7400)");
  app.add_option("--token-file", common.token_file,
                 "File with the master's token (default: $TILEWORK_ADMIN_TOKEN_FILE, or "
                 "~/.local/state/tilework/admin-token)");
  app.add_flag("--json", common.json, "Print JSON");
}

// Pause between looks. Empty when the list is shown once.
struct Watch {
  double seconds = 2;
  CLI::Option* option = nullptr;

  std::optional<double> pause() const {
    return option->count() == 0 ? std::nullopt : std::optional<double>(seconds);
  }
};

void add_watch(CLI::App& app, Watch& watch) {
  watch.option =
      app.add_option_function<std::vector<std::string>>(
             "--watch",
             [&watch](const std::vector<std::string>& values) {
               // CLI11 puts an empty text in the place of a number that wasn't given.
               if (values.empty() || values[0].empty()) return;
               double seconds = 0;
               if (!CLI::detail::lexical_cast(values[0], seconds) || seconds < 0.1 || seconds > 86'400) {
                 throw CLI::ValidationError("--watch", "takes 0.1 to 86400 seconds");
               }
               watch.seconds = seconds;
             },
             "Show it again every so many seconds (2 unless a number is given); with --json, a document "
             "on a line each time")
          ->expected(0, 1)
          ->type_name("[SECONDS]");
}

void add_choice(CLI::App& app, admin::ListChoice& choice, const char* failed,
                const std::vector<std::string>& columns) {
  app.add_flag("--failed", choice.failed, failed);
  app.add_option("--sort", choice.sort, "Sort by a column: numbers from the greatest, texts from A to Z")
      ->transform(CLI::IsMember(columns, CLI::ignore_case))
      ->type_name("COLUMN");
}

void add_wide(CLI::App& app, admin::ListChoice& choice, const char* more) {
  app.add_flag("--wide", choice.wide, more);
}

struct ListCommand {
  admin::List list;
  CLI::App* app;
  Watch watch{};
};

struct Action {
  CLI::App* app;
  std::function<cli::ExitCode(const std::stop_token&)> run;
};

// What the command line says, and what it means.
struct Commands {
  admin::CommonOptions common;
  admin::ListChoice choice;
  admin::LogOptions log;
  std::string name;               // of whatever an action is about
  std::deque<ListCommand> lists;  // options refer into them
  std::vector<Action> actions;

  CLI::App* add(CLI::App& parent, const char* command, const char* what) {
    auto* app = parent.add_subcommand(command, what);
    add_common(*app, common);
    return app;
  }
  CLI::App* add_list(CLI::App& parent, admin::List list, const char* command, const char* what) {
    lists.push_back({list, add(parent, command, what)});
    add_watch(*lists.back().app, lists.back().watch);
    return lists.back().app;
  }
  // `run` gets the common options, the name and the token.
  template <class Run>
  void add_action(CLI::App& parent, const char* command, const char* what, const char* argument,
                  const char* argument_is, Run run) {
    auto* app = add(parent, command, what);
    app->add_option(argument, name, argument_is)->required();
    actions.push_back({app, [this, run](const std::stop_token& stop) { return run(common, name, stop); }});
  }
};

void add_lists(CLI::App& app, Commands& to) {
  auto& choice = to.choice;
  auto* masters = to.add_list(app, admin::List::masters, "masters",
                              "Show every master of the list, also those that don't answer");
  add_wide(*masters, choice, "Also their machines, open files and spools");
  auto* workers = to.add_list(app, admin::List::workers, "workers",
                              "Show the workers: what they do, how they are, and who has left");
  add_wide(*workers, choice, "Also their machines, open files, disks and traffic, and all that have left");
  add_choice(*workers, choice,
             "Only those that have failed, are silent or set aside, or have left otherwise than stopped",
             admin::worker_sort_names());
  to.add_list(app, admin::List::plugins, "plugins", "Show the plugins, and the files that were refused");
  auto* jobs = to.add_list(app, admin::List::jobs, "jobs",
                           "Show the jobs of all clients, and the newest that have ended");
  add_wide(*jobs, choice, "With names and recipes in full");
  add_choice(*jobs, choice, "Only those that have failed", admin::job_sort_names());
  to.add_list(app, admin::List::clients, "clients", "Show who uses the master");
}

void add_logs(CLI::App& app, Commands& to) {
  auto* logs = to.add(app, "logs", "Show the newest lines of a master's log");
  logs->add_flag("-f,--follow", to.log.follow, "Go on with the lines that come");
  logs->add_option("-n,--lines", to.log.lines, "How many lines that were logged before")
      ->check(CLI::Range(1u, 2'000u))
      ->capture_default_str();
  to.actions.push_back(
      {logs, [&to](const std::stop_token& stop) { return admin::logs(to.common, to.log, stop); }});
}

void add_actions(CLI::App& app, Commands& to) {
  using Common = admin::CommonOptions;
  using Name = std::string;
  using Stop = std::stop_token;
  to.add_action(app, "drain", "Let a worker finish what it has, and give it nothing new", "WORKER",
                "Its name or id, as `workers` shows them",
                [](const Common& common, const Name& name, const Stop& stop) {
                  return admin::drain(common, name, true, stop);
                });
  to.add_action(app, "undrain", "Give a drained worker segments again", "WORKER", "Its name or id",
                [](const Common& common, const Name& name, const Stop& stop) {
                  return admin::drain(common, name, false, stop);
                });
  to.add_action(app, "cancel", "End a job of any client", "JOB",
                "Its id, or the beginning of it, as `jobs` shows it", admin::cancel);
  to.add_action(app, "end-client", "End a client's session, and with it its jobs", "CLIENT",
                "Its id or name, as `clients` shows them", admin::end_client);
  auto* plugin = to.add(app, "plugin", "Install, withdraw, roll back and retry plugins");
  plugin->require_subcommand(1);
  to.add_action(*plugin, "install", "Send a library to the master's plugin folder", "FILE",
                "The library, *.so; one of the same name is replaced", admin::install);
  to.add_action(*plugin, "withdraw", "Take a plugin away; its running jobs finish", "NAME",
                "Its file, or one of its filters", admin::withdraw);
  to.add_action(*plugin, "rollback", "Put back the version before the one there is", "NAME",
                "Its file, or one of its filters", admin::roll_back);
  to.add_action(*plugin, "retry",
                "Let a plugin out of quarantine, over which a master ended, and scan it again", "NAME",
                "Its file, as `plugins` lists it, or the beginning of its digest", admin::retry);
}

// What was asked for.
cli::ExitCode run(const Commands& commands) {
  const cli::Interrupt interrupt;
  const auto stop = interrupt.token();
  for (const auto& list : commands.lists) {
    if (list.app->parsed()) {
      return admin::show_list(commands.common, list.list, commands.choice, list.watch.pause(), stop);
    }
  }
  for (const auto& action : commands.actions) {
    if (action.app->parsed()) return action.run(stop);
  }
  return cli::users_mistake;  // not reached: one command is required
}

}  // namespace

int main(int argc, char** argv) {
  Commands commands;
  CLI::App app{"Administers Tilework masters from any machine.", "tilework-admin"};
  app.set_version_flag("--version", std::string("tilework-admin ") + tilework::version);
  app.require_subcommand(1);
  app.footer(footer);
  add_common(app, commands.common);
  add_lists(app, commands);
  add_logs(app, commands);
  add_actions(app, commands);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli::end_of_parsing(app, error, std::span(argv, static_cast<std::size_t>(argc)));
  }

  try {
    return run(commands);
  } catch (const tilework::Error& error) {
    const bool stopped = error.fault() == tilework::Fault::cancelled;
    std::cerr << "tilework-admin: " << (stopped ? "interrupted" : cli::printable(error.what())) << '\n';
    if (const auto advice = admin::advice(error.fault()); !advice.empty()) std::cerr << advice << '\n';
    return cli::exit_code(error.fault());
  } catch (const std::exception& error) {
    std::cerr << "tilework-admin: " << cli::printable(error.what()) << '\n';
    return cli::job_failed;
  }
}
