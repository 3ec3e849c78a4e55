#include "server/commands/process.h"

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include <spdlog/sinks/stdout_sinks.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "schema/model/clean_text.h"
#include "schema/model/error.h"
#include "schema/transport/errors.h"
#include "server/host/cgroups/host_cgroup.h"
#include "server/host/cgroups/server_cgroup.h"
#include "server/log_file.h"
#include "server/logging/log.h"
#include "server/logging/log_line.h"

namespace tilework::server {
namespace {

namespace fs = std::filesystem;

void log_to_errors() {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("tilework"));
  spdlog::set_formatter(logging::line_formatter());
}

// Gives what a hangup does: a log that was moved away begins again. Null where there is no log file.
std::function<void()> log_to_file(const std::string& path) {
  auto file = std::make_shared<LogFile>(path);
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("tilework", file));
  spdlog::flush_on(spdlog::level::info);
  spdlog::set_formatter(logging::line_formatter());
  return [file, path] {
    const std::string trouble = file->reopen();
    if (trouble.empty()) {
      spdlog::info("log opened again file={}", path);
    } else {
      spdlog::error("log not opened again file={} reason=\"{}\"", path, trouble);
    }
  };
}

// Not before there is such a file: it may be what can't be had.
bool logs_to_file() {
  return dynamic_cast<const LogFile*>(spdlog::default_logger()->sinks().front().get()) != nullptr;
}

}  // namespace

fs::path own_program() {
  return fs::read_symlink("/proc/self/exe");
}

host::HostProgram host_program(const CommonOptions& common) {
  return {own_program().replace_filename("tilework-filter-host"), common.host_limits};
}

int end_with(int code, const std::string& reason) {
  if (logs_to_file()) spdlog::critical("ends exit={} reason={}", code, in_quotes(reason));
  std::cerr << "tilework-server: " << clean_line(reason) << '\n';
  return code;
}

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

std::shared_ptr<LogRing> keep_newest_lines() {
  auto ring = std::make_shared<LogRing>();
  ring->set_formatter(logging::line_formatter());
  spdlog::default_logger()->sinks().push_back(ring);
  return ring;
}

void require_plugin_folder(const std::string& folder) {
  if (!fs::is_directory(folder)) {
    throw UserError("the plugin folder " + folder +
                    " doesn't exist; make it, or name another with --plugins");
  }
}

void work_until_stopped(const char* role, kj::Promise<void> work, Leave leave, kj::AsyncIoContext& io,
                        StopSignal& stop) {
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
    code = end_with(4, transport::from_kj(error).what());
  }
  host::HostCgroup::remove_made_by(::getpid());
  host::leave_room_for_hosts();
  spdlog::shutdown();
  ::_exit(code);
}

}  // namespace tilework::server
