// The libraries of a master, for its workers. On the event loop's thread.
#pragma once

#include "schema/worker.capnp.h"
#include "server/master/plugins/plugin_registry.h"

namespace tilework::master {

// The registry outlives the capability.
rpc::PluginSource::Client make_plugin_source(PluginRegistry& registry);

}  // namespace tilework::master
