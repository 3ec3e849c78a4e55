#include <chrono>
#include <cstdint>
#include <string>

#include "schema/transport/endpoint.h"
#include "server/commands/commands.h"
#include "server/commands/process.h"
#include "server/descriptors.h"
#include "server/secret/secret_file.h"
#include "server/state_folder.h"
#include "server/worker/crash_report.h"

namespace tilework::server {

int run_worker(WorkerCommand command, std::function<void()> hung_up) {
  const auto& common = command.common;
  make_state_folder(common.state);
  auto& options = command.options;
  options.plugins = common.plugins;
  options.state = common.state;
  options.filter_host = host_program(common);
  options.masters = transport::parse_endpoints(command.masters);
  if (!options.join_secret.empty()) {  // a mistake is told at once
    read_secret(options.join_secret, join_secret);
  }
  provide_descriptors(need_of(WorkerLoad{options.slots, static_cast<unsigned>(options.masters.size())}));
  options.time_limit.floor =
      std::chrono::milliseconds(static_cast<std::int64_t>(command.segment_seconds * 1000));
  worker::report_crashes();
  auto io = kj::setupAsyncIo();
  StopSignal stop(std::move(hung_up));
  worker::Departure departure;
  work_until_stopped(
      "worker", worker::run_worker(io, options, departure),
      [&](const std::string& how) { return departure.leave(how); }, io, stop);
}

}  // namespace tilework::server
