// The options of tilework-server's commands, as a command line or a file gives them. Before other threads are
// started.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "schema/model/state_folder.h"
#include "server/host/isolation.h"
#include "server/master/master.h"
#include "server/supervisor.h"
#include "server/worker/worker.h"

namespace tilework::server {

struct CommonOptions {
  std::string plugins;
  std::string state = default_state_folder();
  std::string log_file;
  std::string log_level = "info";
  bool die_with_parent = false;
  host::HostLimits host_limits;
};

struct MasterCommand {
  CommonOptions common;
  std::string listen = "127.0.0.1:7400";
  int listen_fd = -1;  // of a socket that listens already; -1: none
  std::string ready_file;
  unsigned ready_workers = 0;
  master::MasterOptions options;
};

struct WorkerCommand {
  CommonOptions common;
  std::string masters = "127.0.0.1:7400";
  double segment_seconds = 60;
  worker::WorkerOptions options;
};

struct LocalCommand {
  CommonOptions common;
  LocalOptions options;
  unsigned slots = 0;  // of each worker; 0: the cores, shared
  // Its processes get theirs as words of a command line; here they say what is allowed, and the defaults.
  MasterCommand master;
  WorkerCommand worker;
};

// Each fills its command when the line is parsed; what that holds before are the defaults. It outlives the
// parsing.
CLI::App* add_master(CLI::App& app, MasterCommand& command);
CLI::App* add_worker(CLI::App& app, WorkerCommand& command);
CLI::App* add_local(CLI::App& app, LocalCommand& command);

// The options that were given to one command and that another one has too, for its command line.
std::vector<std::string> forwarded(const CLI::App& given, const CLI::App& to);

}  // namespace tilework::server
