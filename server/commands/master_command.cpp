#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

#include "schema/model/error.h"
#include "schema/transport/endpoint.h"
#include "server/commands/commands.h"
#include "server/commands/process.h"
#include "server/descriptors.h"
#include "server/imageio/initialise.h"
#include "server/logging/log.h"
#include "server/master/plugins/scan_notes.h"
#include "server/state_folder.h"

namespace tilework::server {
namespace {

namespace fs = std::filesystem;

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
                                       const transport::Endpoint& endpoint) {
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

}  // namespace

int run_master(MasterCommand command, std::function<void()> hung_up) {
  const auto& common = command.common;
  require_plugin_folder(common.plugins);
  command.options.plugins = common.plugins;
  command.options.filter_host = host_program(common);
  if (::access(command.options.spool.c_str(), W_OK) != 0) {
    throw UserError("the spool folder " + command.options.spool +
                    " can't be written to; name another with --spool");
  }
  make_state_folder(common.state);
  const auto& limits = command.options.limits;
  provide_descriptors(
      need_of(MasterLoad{limits.workers, limits.clients, limits.newcomers, command.options.running_jobs}));
  command.options.state = common.state;
  const auto log = keep_newest_lines();
  ::setenv("TMPDIR", command.options.spool.c_str(), 1);  // where turned images are laid down
  imageio::initialise("tilework-server");
  auto endpoint = transport::parse_endpoint(command.listen);
  auto io = kj::setupAsyncIo();
  StopSignal stop(std::move(hung_up));
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
      "master", master::run_master(io, kj::mv(listener), command.options, *log, ready),
      [&](const auto&) -> kj::Promise<void> {
        master::ScanNotes::remove_made_by(::getpid(), master::ScanNotes::folder_in(common.state));
        return kj::READY_NOW;
      },
      io, stop);
}

}  // namespace tilework::server
