// tilework-server: a master, a worker, or a whole cluster on this machine.

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <kj/async-io.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "schema/model/error.h"
#include "schema/model/state_folder.h"
#include "schema/model/version.h"
#include "schema/transport/endpoint.h"
#include "schema/transport/errors.h"
#include "schema/transport/machine.h"
#include "server/descriptors.h"
#include "server/host/memory_cgroup.h"
#include "server/imageio/initialise.h"
#include "server/log_file.h"
#include "server/log_ring.h"
#include "server/logging/log.h"
#include "server/master/master.h"
#include "server/state_folder.h"
#include "server/stop_signal.h"
#include "server/supervisor.h"
#include "server/worker/crash_report.h"
#include "server/worker/worker.h"

namespace {

namespace fs = std::filesystem;
using tilework::Error;
using tilework::Fault;
using tilework::UserError;

struct CommonOptions {
  std::string plugins;
  std::string state = tilework::default_state_folder();
  std::string log_file;
  std::string log_level = "info";
  bool die_with_parent = false;
  tilework::host::HostLimits host_limits;
};

struct MasterCommand {
  std::string listen = "127.0.0.1:7400";
  int listen_fd = -1;
  std::string ready_file;
  unsigned ready_workers = 0;
  tilework::master::MasterOptions options;
};

struct WorkerCommand {
  std::string masters = "127.0.0.1:7400";
  double segment_seconds = 60;
  tilework::worker::WorkerOptions options;
};

constexpr const char* log_pattern = "time=%Y-%m-%dT%H:%M:%S.%e%z level=%l pid=%P %v";

fs::path own_program() {
  return fs::read_symlink("/proc/self/exe");
}

std::string default_spool() {
  const char* folder = std::getenv("TMPDIR");
  return folder != nullptr && *folder != 0 ? folder : "/var/tmp";
}

void add_common(CLI::App& app, CommonOptions& common) {
  app.add_option("--plugins", common.plugins, "Folder with the plugins")->capture_default_str();
  app.add_option("--state", common.state,
                 "Folder for what is kept from start to start, such as versions of plugins; it is made if it "
                 "isn't there")
      ->capture_default_str();
  app.add_option("--host-memory", common.host_limits.memory_bytes,
                 "Memory that one filter host may take, shared pixels not counted")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(std::uint64_t{64} << 20, std::uint64_t{1} << 42))
      ->capture_default_str();
  app.add_option("--log-file", common.log_file,
                 "Write the log there instead of to standard error; SIGHUP opens it again, after a rotation");
  app.add_option("--log-level", common.log_level, "What is logged")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  app.add_flag("--die-with-parent", common.die_with_parent)->group("");
}

void add_limits(CLI::App& app, tilework::master::MasterOptions& options) {
  auto& limits = options.limits;
  app.add_option("--spool", options.spool, "Folder for uploads and results; they have no name in it")
      ->capture_default_str();
  app.add_option(
         "--running-jobs", options.running_jobs,
         "Jobs with large images that run at the same time, of one client or each of another one; at most "
         "twice as many less one in all. Others wait. Small images have places of their own, as many "
         "and at least 4")
      ->check(CLI::Range(1u, 64u))
      ->capture_default_str();
  app.add_option("--bytes-in-flight", options.bytes_in_flight,
                 "Decoded pixels of one job that are held at a time")
      ->transform(CLI::AsSizeValue(false))
      ->capture_default_str();
  const std::map<std::string, tilework::pixel_codec::Packing> codecs{
      {"auto", tilework::pixel_codec::Packing::where_it_pays},
      {"none", tilework::pixel_codec::Packing::never},
      {"zstd", tilework::pixel_codec::Packing::always}};
  app.add_option_function<std::string>(
         "--segment-codec",
         [&options, codecs](const std::string& name) { options.packing = codecs.at(name); },
         "How pixels travel to and from workers on other machines: packed where that is quicker, never, or "
         "always")
      ->check(CLI::IsMember({"auto", "none", "zstd"}))
      ->default_str("auto");
  app.add_option("--heartbeat-seconds", options.heartbeat_seconds, "Silence after which a worker is given up")
      ->check(CLI::Range(0.5, 3600.0))
      ->capture_default_str();
  app.add_option("--client-seconds", options.client_seconds,
                 "Silence after which a client is given up, and its jobs are cancelled")
      ->check(CLI::Range(2.0, 3600.0))
      ->capture_default_str();
  app.add_option("--max-pixels", limits.image.pixels, "Largest image, in pixels")->capture_default_str();
  app.add_option(
         "--max-decoder-memory", limits.image.decoder_bytes,
         "Memory that decoding one image may take; progressive JPEG and interlaced PNG need all of it")
      ->transform(CLI::AsSizeValue(false))
      ->capture_default_str();
  app.add_option("--max-upload", limits.upload_bytes, "Largest file, in bytes")
      ->transform(CLI::AsSizeValue(false))
      ->capture_default_str();
  app.add_option("--max-recipe", limits.recipe_filters, "Most filters in a recipe")->capture_default_str();
  app.add_option("--max-images", limits.images_per_client, "Most images that a client has uploaded at a time")
      ->capture_default_str();
  app.add_option("--max-jobs", limits.jobs_per_client, "Most unfinished jobs of a client")
      ->capture_default_str();
  app.add_option("--max-previews", limits.previews_per_client, "Most images that a client looks at at a time")
      ->capture_default_str();
  app.add_option("--max-clients", limits.clients, "Most clients at a time")->capture_default_str();
  app.add_option("--max-workers", limits.workers, "Most workers")->capture_default_str();
  app.add_option("--max-newcomers", limits.newcomers,
                 "Most connections that haven't signed in as a client, a worker or an administrator; above "
                 "that, one of the address that has most is closed")
      ->check(CLI::Range(1u, 65536u))
      ->capture_default_str();
  app.add_option("--newcomer-seconds", options.newcomer_seconds, "Time that a connection has to sign in")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
}

void log_to_errors() {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("tilework"));
  spdlog::set_pattern(log_pattern);
}

// Gives what a hangup does: a log that was moved away begins again. Null where there is no log file.
std::function<void()> log_to_file(const std::string& path) {
  auto file = std::make_shared<tilework::server::LogFile>(path);
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("tilework", file));
  spdlog::flush_on(spdlog::level::info);
  spdlog::set_pattern(log_pattern);
  return [file, path] {
    const std::string trouble = file->reopen();
    if (trouble.empty()) {
      spdlog::info("log opened again file={}", path);
    } else {
      spdlog::error("log not opened again file={} reason=\"{}\"", path, trouble);
    }
  };
}

// The reason of every end is the log's last line; standard error has it too, where the log is a file.
int end_with(int code, const std::string& reason, const CommonOptions& common) {
  if (!common.log_file.empty()) spdlog::critical("ends exit={} reason=\"{}\"", code, reason);
  std::cerr << "tilework-server: " << reason << '\n';
  return code;
}

// Gives what a hangup does; see log_to_file().
std::function<void()> set_up_process(const CommonOptions& common) {
  if (common.die_with_parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() == 1) std::exit(0);
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that is larger than allowed is an error of writing
  std::function<void()> hung_up;
  if (common.log_file.empty()) {
    log_to_errors();
  } else {
    hung_up = log_to_file(common.log_file);
  }
  spdlog::set_level(spdlog::level::from_str(common.log_level));
  return hung_up;
}

// Before other threads log.
std::shared_ptr<tilework::server::LogRing> keep_newest_lines() {
  auto ring = std::make_shared<tilework::server::LogRing>();
  ring->set_pattern(log_pattern);
  spdlog::default_logger()->sinks().push_back(ring);
  return ring;
}

void require_plugin_folder(const std::string& folder) {
  if (!fs::is_directory(folder)) {
    throw UserError("the plugin folder " + folder +
                    " doesn't exist; make it, or name another with --plugins");
  }
}

// In one step, so that whoever waits for the file finds it complete.
void write_ready_file(const std::string& path, const std::string& address) {
  const std::string partial = path + ".partial";
  std::ofstream(partial) << address << '\n';
  fs::rename(partial, path);
}

// What the system said, out of KJ's "bind(...): Address already in use; details".
std::string reason_of(const kj::Exception& error) {
  const std::string text = error.getDescription().cStr();
  const auto call = text.find("): ");
  const auto begin = call == std::string::npos ? 0 : call + 3;
  return text.substr(begin, text.find(';', begin) - begin);
}

kj::Own<kj::ConnectionReceiver> listen(kj::AsyncIoContext& io, const MasterCommand& command,
                                       const tilework::transport::Endpoint& endpoint) {
  if (command.listen_fd >= 0) {
    return io.lowLevelProvider->wrapListenSocketFd(command.listen_fd,
                                                   kj::LowLevelAsyncIoProvider::TAKE_OWNERSHIP);
  }
  try {
    auto address = io.provider->getNetwork().parseAddress(endpoint.host, endpoint.port).wait(io.waitScope);
    return address->listen();
  } catch (const kj::Exception& error) {
    throw UserError(endpoint.text() + " can't be listened on (" + reason_of(error) +
                    "); is another server running there? Choose another address with --listen");
  }
}

using Leave = std::function<kj::Promise<void>(const std::string& how)>;

// Runs until a signal says stop, or the work fails, and ends the process where it stands. Nothing is
// destroyed: work in flight is on other threads and in other processes, results that aren't complete have no
// name on the disk, and hosts end with their parent. What has a name, their cgroups, is removed.
//
// `leave` is what a stop asks for before that, for a second at most.
[[noreturn]] void work_until_stopped(const char* role, kj::Promise<void> work, Leave leave,
                                     kj::AsyncIoContext& io, tilework::server::StopSignal& stop,
                                     const CommonOptions& common) {
  auto* running = new kj::ForkedPromise<void>(work.fork());  // outlives whatever ends the wait
  int code = 0;
  try {
    const int signal =
        running->addBranch().then([] { return 0; }).exclusiveJoin(stop.received()).wait(io.waitScope);
    io.provider->getTimer()
        .timeoutAfter(1 * kj::SECONDS, leave(std::string("it was stopped by SIG") + ::sigabbrev_np(signal)))
        .catch_([](kj::Exception&&) {})
        .wait(io.waitScope);
    spdlog::info("{} stops signal={}", role, ::strsignal(signal));
  } catch (const kj::Exception& error) {
    code = end_with(4, tilework::transport::from_kj(error).what(), common);
  }
  tilework::host::MemoryCgroup::remove_made_by(::getpid());
  spdlog::shutdown();
  ::_exit(code);
}

int run(const CommonOptions& common, MasterCommand command, std::function<void()> hung_up) {
  require_plugin_folder(common.plugins);
  command.options.plugins = common.plugins;
  command.options.filter_host = {own_program().replace_filename("tilework-filter-host"), common.host_limits};
  if (::access(command.options.spool.c_str(), W_OK) != 0) {
    throw UserError("the spool folder " + command.options.spool +
                    " can't be written to; name another with --spool");
  }
  tilework::server::make_state_folder(common.state);
  const auto& limits = command.options.limits;
  tilework::server::provide_descriptors(tilework::server::need_of(tilework::server::MasterLoad{
      limits.workers, limits.clients, limits.newcomers, command.options.running_jobs}));
  command.options.state = common.state;
  const auto log = keep_newest_lines();
  ::setenv("TMPDIR", command.options.spool.c_str(), 1);  // where turned images are laid down
  tilework::imageio::initialise("tilework-server");
  auto endpoint = tilework::transport::parse_endpoint(command.listen);
  auto io = kj::setupAsyncIo();
  tilework::server::StopSignal stop(std::move(hung_up));
  auto listener = listen(io, command, endpoint);
  endpoint.port = static_cast<std::uint16_t>(listener->getPort());
  spdlog::info("master listens address={} plugins={} spool={}", endpoint.text(), common.plugins,
               command.options.spool);
  command.options.address = endpoint.text();
  bool told = command.ready_file.empty();
  auto ready = [&](std::size_t workers) {
    if (told || workers < command.ready_workers) return;
    told = true;
    write_ready_file(command.ready_file, endpoint.text());
  };
  work_until_stopped(
      "master", tilework::master::run_master(io, kj::mv(listener), command.options, *log, ready),
      [](const auto&) -> kj::Promise<void> { return kj::READY_NOW; }, io, stop, common);
}

int run(const CommonOptions& common, WorkerCommand command, std::function<void()> hung_up) {
  tilework::server::make_state_folder(common.state);
  auto& options = command.options;
  options.plugins = common.plugins;
  options.state = common.state;
  options.filter_host = {own_program().replace_filename("tilework-filter-host"), common.host_limits};
  options.masters = tilework::transport::parse_endpoints(command.masters);
  tilework::server::provide_descriptors(tilework::server::need_of(
      tilework::server::WorkerLoad{options.slots, static_cast<unsigned>(options.masters.size())}));
  options.time_limit.floor =
      std::chrono::milliseconds(static_cast<std::int64_t>(command.segment_seconds * 1000));
  tilework::worker::report_crashes();
  auto io = kj::setupAsyncIo();
  tilework::server::StopSignal stop(std::move(hung_up));
  tilework::worker::Departure departure;
  work_until_stopped(
      "worker", tilework::worker::run_worker(io, options, departure),
      [&](const std::string& how) { return departure.leave(how); }, io, stop, common);
}

// The options that were given to one command and that another one has too, for its command line.
std::vector<std::string> forwarded(const CLI::App& given, const CLI::App& to) {
  std::vector<std::string> words;
  for (const auto* option : given.get_options()) {
    const std::string name = option->get_name();
    if (option->count() == 0 || name == "--config" || to.get_option_no_throw(name) == nullptr) continue;
    for (const auto& value : option->results()) words.push_back(name + "=" + value);
  }
  return words;
}

std::string own_name() {
  return tilework::transport::host_name() + "/" + std::to_string(::getpid());
}

}  // namespace

int main(int argc, char** argv) {
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  CommonOptions common;
  common.plugins = own_program().parent_path().parent_path() / "plugins";
  CommonOptions worker_common = common, local_common = common;
  MasterCommand master;
  master.options.spool = default_spool();
  MasterCommand local_master = master;
  WorkerCommand worker;
  worker.options.name = own_name();
  worker.options.slots = cores;
  tilework::server::LocalOptions local;
  unsigned local_slots = 0;

  CLI::App app{"Tilework's server: masters take jobs and cut them into segments, workers compute them."};
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
      "Clients and workers have no passwords yet: listen beyond this machine on trusted networks alone.");

  auto* master_app = app.add_subcommand("master", "Run a master");
  add_common(*master_app, common);
  master_app->add_option("--listen", master.listen, "Address to listen on, HOST:PORT")->capture_default_str();
  master_app->add_option("--listen-fd", master.listen_fd)->group("");
  master_app->add_option("--ready-file", master.ready_file,
                         "Write the address there once the master can be used");
  master_app->add_option("--ready-workers", master.ready_workers, "Workers that have to join before that")
      ->capture_default_str();
  add_limits(*master_app, master.options);

  auto* worker_app = app.add_subcommand("worker", "Run a worker");
  add_common(*worker_app, worker_common);
  worker_app->add_option("--master", worker.masters, "Masters to serve, HOST:PORT,HOST:PORT,...")
      ->capture_default_str();
  worker_app->add_option("--name", worker.options.name, "Its name in lists")->capture_default_str();
  worker_app->add_option("--slots", worker.options.slots, "Segments that it computes at a time")
      ->check(CLI::Range(1u, 1024u))
      ->capture_default_str();
  worker_app
      ->add_option("--segment-seconds", worker.segment_seconds,
                   "Time that a filter has for a segment, besides 20 s for each megapixel")
      ->check(CLI::Range(0.001, 1e6))
      ->capture_default_str();

  auto* local_app =
      app.add_subcommand("local", "Run a master and workers on this machine, each a process of its own");
  add_common(*local_app, local_common);
  local_app->add_option("--host", local.host, "Address to listen on")->capture_default_str();
  local_app->add_option("--port", local.port, "Port to listen on; 0 for any that is free")
      ->capture_default_str();
  local_app->add_option("--workers", local.workers, "How many workers")
      ->check(CLI::Range(1u, 256u))
      ->capture_default_str();
  local_app
      ->add_option("--slots", local_slots,
                   "Segments that a worker computes at a time (default: the cores, shared)")
      ->check(CLI::Range(1u, 1024u));
  local_app->add_option("--ready-file", local_master.ready_file,
                        "Write the address there once all workers have joined");
  local_app
      ->add_option("--segment-seconds", worker.segment_seconds,
                   "Time that a filter has for a segment, besides 20 s for each megapixel")
      ->check(CLI::Range(0.001, 1e6))
      ->capture_default_str();
  add_limits(*local_app, local_master.options);

  int signal_of_crash = 0;
  auto* farewell_app = app.add_subcommand("farewell")->group("");  // by a worker that crashes
  farewell_app->add_option("signal", signal_of_crash)->required();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const CommonOptions& own = master_app->parsed()   ? common
                             : worker_app->parsed() ? worker_common
                                                    : local_common;
  try {
    if (farewell_app->parsed()) {
      tilework::worker::send_farewells(std::cin, signal_of_crash);
      return 0;
    }
    auto hung_up = set_up_process(own);
    if (master_app->parsed()) return run(common, master, std::move(hung_up));
    if (worker_app->parsed()) return run(worker_common, worker, std::move(hung_up));
    local.hung_up = std::move(hung_up);
    require_plugin_folder(local_common.plugins);
    local.program = own_program();
    local.master_arguments = forwarded(*local_app, *master_app);
    local.master_arguments.insert(local.master_arguments.end(),
                                  {"--ready-workers", std::to_string(local.workers)});
    local.worker_arguments = forwarded(*local_app, *worker_app);
    if (local_slots == 0) {
      local.worker_arguments.insert(local.worker_arguments.end(),
                                    {"--slots", std::to_string(std::max(1u, cores / local.workers))});
    }
    return tilework::server::run_local(local);
  } catch (const Error& error) {
    return end_with(error.fault() == Fault::user ? 2 : 4, error.what(), own);
  } catch (const kj::Exception& error) {
    return end_with(4, tilework::transport::from_kj(error).what(), own);
  } catch (const std::exception& error) {
    return end_with(4, error.what(), own);
  }
}
