// What the sessions of a master share. On the event loop's thread.
#pragma once

#include <cstdint>
#include <string>

#include <kj/timer.h>

#include "schema/transport/work_threads.h"
#include "server/log_ring.h"
#include "server/master/jobs/job_services.h"
#include "server/master/plugins/plugin_admin.h"
#include "server/master/sessions/admin_token.h"
#include "server/master/sessions/client_table.h"
#include "server/master/sessions/join_gate.h"
#include "server/master/sessions/seldom.h"
#include "server/master/sessions/upload.h"

namespace tilework::master {

// It outlives them all.
struct MasterState : JobServices {
  std::uint64_t epoch;
  PluginAdmin& plugin_admin;
  const AdminToken& token;
  JoinGate& join_gate;
  server::LogRing& log;
  transport::WorkThreads& packing;
  kj::TimePoint started;
  ClientTable clients{};
  UploadFailures upload_failures{jobs, environment.timer};
  Seldom wrong_tokens{environment.timer, 5 * kj::SECONDS};
  std::string local_socket{};  // its name, once it is there
};

}  // namespace tilework::master
