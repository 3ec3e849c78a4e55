// tilework-admin: remote administration of masters, their workers, plugins and jobs.

#include <iostream>
#include <span>

#include <CLI/CLI.hpp>

#include "schema/model/error.h"
#include "schema/model/version.h"
#include "tools/admin/commands.h"
#include "tools/common/command_line.h"
#include "tools/common/interrupt.h"
#include "tools/common/text.h"

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

}  // namespace

int main(int argc, char** argv) {
  admin::CommonOptions common;
  CLI::App app{"Administers Tilework masters from any machine.", "tilework-admin"};
  app.set_version_flag("--version", std::string("tilework-admin ") + tilework::version);
  app.require_subcommand(1);
  app.footer(footer);
  add_common(app, common);
  const auto command = [&](CLI::App& parent, const char* name, const char* what) {
    auto* sub = parent.add_subcommand(name, what);
    add_common(*sub, common);
    return sub;
  };

  std::array<Watch, 5> watches;
  const std::array<std::pair<admin::List, CLI::App*>, 5> lists{
      {{admin::List::masters,
        command(app, "masters", "Show every master of the list, also those that don't answer")},
       {admin::List::workers, command(app, "workers", "Show the workers: what they do, and how they are")},
       {admin::List::plugins, command(app, "plugins", "Show the plugins, and the files that were refused")},
       {admin::List::jobs,
        command(app, "jobs", "Show the jobs of all clients, and the newest that have ended")},
       {admin::List::clients, command(app, "clients", "Show who uses the master")}}};
  for (std::size_t i = 0; i < lists.size(); ++i) add_watch(*lists[i].second, watches[i]);
  admin::ListChoice choice;
  add_wide(*lists[0].second, choice, "Also their machines, open files and spools");
  add_wide(*lists[1].second, choice,
           "Also their machines, open files, disks and traffic, and all that have left");
  add_choice(*lists[1].second, choice,
             "Only those that have failed, are silent or set aside, or have left otherwise than stopped",
             admin::worker_sort_names());
  add_choice(*lists[3].second, choice, "Only those that have failed", admin::job_sort_names());

  admin::LogOptions log;
  auto* logs_app = command(app, "logs", "Show the newest lines of a master's log");
  logs_app->add_flag("-f,--follow", log.follow, "Go on with the lines that come");
  logs_app->add_option("-n,--lines", log.lines, "How many lines that were logged before")
      ->check(CLI::Range(1u, 2'000u))
      ->capture_default_str();

  std::string name;
  auto* drain_app = command(app, "drain", "Let a worker finish what it has, and give it nothing new");
  drain_app->add_option("WORKER", name, "Its name or id, as `workers` shows them")->required();
  auto* undrain_app = command(app, "undrain", "Give a drained worker segments again");
  undrain_app->add_option("WORKER", name, "Its name or id")->required();
  auto* cancel_app = command(app, "cancel", "End a job of any client");
  cancel_app->add_option("JOB", name, "Its id, or the beginning of it, as `jobs` shows it")->required();

  auto* end_client_app = command(app, "end-client", "End a client's session, and with it its jobs");
  end_client_app->add_option("CLIENT", name, "Its id or name, as `clients` shows them")->required();

  auto* plugin_app = app.add_subcommand("plugin", "Install, withdraw and roll back plugins");
  plugin_app->require_subcommand(1);
  add_common(*plugin_app, common);
  auto* install_app = command(*plugin_app, "install", "Send a library to the master's plugin folder");
  install_app->add_option("FILE", name, "The library, *.so; one of the same name is replaced")->required();
  auto* withdraw_app = command(*plugin_app, "withdraw", "Take a plugin away; its running jobs finish");
  withdraw_app->add_option("NAME", name, "Its file, or one of its filters")->required();
  auto* rollback_app = command(*plugin_app, "rollback", "Put back the version before the one there is");
  rollback_app->add_option("NAME", name, "Its file, or one of its filters")->required();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli::end_of_parsing(app, error, std::span(argv, static_cast<std::size_t>(argc)));
  }

  try {
    const cli::Interrupt interrupt;
    const auto stop = interrupt.token();
    for (std::size_t i = 0; i < lists.size(); ++i) {
      if (lists[i].second->parsed())
        return admin::show_list(common, lists[i].first, choice, watches[i].pause(), stop);
    }
    if (logs_app->parsed()) return admin::logs(common, log, stop);
    if (drain_app->parsed()) return admin::drain(common, name, true, stop);
    if (undrain_app->parsed()) return admin::drain(common, name, false, stop);
    if (cancel_app->parsed()) return admin::cancel(common, name, stop);
    if (end_client_app->parsed()) return admin::end_client(common, name, stop);
    if (install_app->parsed()) return admin::install(common, name, stop);
    if (withdraw_app->parsed()) return admin::withdraw(common, name, stop);
    return admin::roll_back(common, name, stop);
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
