// What the jobs and the previews of a master share. On the event loop's thread.
#pragma once

#include <cstdint>
#include <functional>

#include "server/master/dispatch/dispatcher.h"
#include "server/master/jobs/job.h"
#include "server/master/jobs/job_table.h"
#include "server/master/jobs/places.h"
#include "server/master/options.h"
#include "server/master/plugins/plugin_registry.h"

namespace tilework::master {

// It outlives them all.
struct JobServices {
  const MasterOptions& options;
  PluginRegistry& plugins;
  Dispatcher& dispatcher;
  Places& places;
  JobEnvironment environment;
  std::function<void()> versions_released;  // called when a job has ended that held versions of plugins
  JobTable jobs{};
  std::shared_ptr<unsigned> previews = std::make_shared<unsigned>(0);              // of all clients
  std::shared_ptr<std::uint64_t> kept_stats = std::make_shared<std::uint64_t>(0);  // bytes, of all previews
  std::uint64_t last_client = 0;  // numbers of clients, and of views, which are some to the scheduler
};

}  // namespace tilework::master
