// The master's side of master.capnp: sessions of clients, memberships of workers, administrators. On the
// event loop's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "schema/master.capnp.h"
#include "server/log_ring.h"
#include "server/master/admin_token.h"
#include "server/master/client_table.h"
#include "server/master/dispatcher.h"
#include "server/master/job.h"
#include "server/master/job_table.h"
#include "server/master/newcomers.h"
#include "server/master/options.h"
#include "server/master/places.h"
#include "server/master/plugin_admin.h"
#include "server/master/plugin_registry.h"
#include "server/master/upload.h"

namespace tilework::master {

// What the sessions share. It outlives them all.
struct MasterState {
  const MasterOptions& options;
  std::uint64_t epoch;
  PluginRegistry& plugins;
  Dispatcher& dispatcher;
  Places& places;
  JobEnvironment environment;
  std::function<void()> versions_released;  // called when a job has ended that held versions of plugins
  PluginAdmin& plugin_admin;
  const AdminToken& token;
  server::LogRing& log;
  transport::WorkThreads& packing;
  kj::TimePoint started;
  JobTable jobs{};
  ClientTable clients{};
  UploadFailures upload_failures{jobs, environment.timer};
  std::uint64_t last_client = 0;
  std::string local_socket{};  // its name, once it is there
};

// The bootstrap capability of a connection, which outlives it. Who opens a session, joins or administers is
// signed in on his visit. `is_local` tells that the connection can share memory.
rpc::Master::Client make_service(MasterState& state, kj::AsyncIoStream& connection,
                                 std::shared_ptr<Newcomers::Visit> visit, bool is_local);

}  // namespace tilework::master
