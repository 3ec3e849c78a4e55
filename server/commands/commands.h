// What tilework-server does for each of its commands, after set_up_process(), whose answer is `hung_up`.
// Gives the program's exit code, or ends the process itself. Throws tilework::Error, or kj::Exception.
#pragma once

#include <functional>

#include "server/commands/options.h"

namespace tilework::server {

int run_master(MasterCommand command, std::function<void()> hung_up);
int run_worker(WorkerCommand command, std::function<void()> hung_up);
// `given` and the others as options.h made them.
int run_cluster(LocalCommand command, const CLI::App& given, const CLI::App& master, const CLI::App& worker,
                std::function<void()> hung_up);

}  // namespace tilework::server
