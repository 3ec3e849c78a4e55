// What the process of any command does: its log, its end.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <kj/async-io.h>

#include "server/commands/options.h"
#include "server/log_ring.h"
#include "server/stop_signal.h"

namespace tilework::server {

// Before other threads are started. Gives what a hangup does: a log that was moved away begins again. Null
// where there is no log file.
std::function<void()> set_up_process(const CommonOptions& common);

// Keeps the newest lines of the log. Before other threads log.
std::shared_ptr<LogRing> keep_newest_lines();

// Says why the process ends, and gives `code`. The reason of every end is the log's last line; standard error
// has it too, where the log is a file.
int end_with(int code, const std::string& reason);

// Runs until a signal says stop, or the work fails, and ends the process where it stands. Nothing is
// destroyed: work in flight is on other threads and in other processes, results that aren't complete have no
// name on the disk, and hosts end with their parent. What has a name, their cgroups, is removed.
//
// `leave` is what a stop asks for before that, for a second at most.
using Leave = std::function<kj::Promise<void>(const std::string& how)>;
[[noreturn]] void work_until_stopped(const char* role, kj::Promise<void> work, Leave leave,
                                     kj::AsyncIoContext& io, StopSignal& stop);

std::filesystem::path own_program();
host::HostProgram host_program(const CommonOptions& common);
// Throws UserError when there is no such folder.
void require_plugin_folder(const std::string& folder);

}  // namespace tilework::server
