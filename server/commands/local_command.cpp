#include <algorithm>
#include <string>
#include <thread>

#include "server/commands/commands.h"
#include "server/commands/process.h"

namespace tilework::server {

int run_cluster(LocalCommand command, const CLI::App& given, const CLI::App& master, const CLI::App& worker,
                std::function<void()> hung_up) {
  require_plugin_folder(command.common.plugins);
  auto& local = command.options;
  local.hung_up = std::move(hung_up);
  local.program = own_program();
  local.master_arguments = forwarded(given, master);
  local.master_arguments.insert(local.master_arguments.end(),
                                {"--ready-workers", std::to_string(local.workers)});
  local.worker_arguments = forwarded(given, worker);
  if (command.slots == 0) {
    const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
    local.worker_arguments.insert(local.worker_arguments.end(),
                                  {"--slots", std::to_string(std::max(1u, cores / local.workers))});
  }
  return run_local(local);
}

}  // namespace tilework::server
