// Filters and recipes between their C++ values and Cap'n Proto. Reading throws UserError for values that no
// honest peer sends; the sizes are bounded by the message limits of the transport. Pure; any thread.
#pragma once

#include <vector>

#include "schema/common.capnp.h"
#include "schema/model/recipe.h"

namespace tilework::wire {

void write(rpc::Filter::Builder to, const FilterDescription& from);
FilterDescription read(rpc::Filter::Reader from);

void write(rpc::Plugin::Builder to, const PluginDescription& from);
PluginDescription read(rpc::Plugin::Reader from);

void write(rpc::FilterCall::Builder to, const FilterCall& from);
FilterCall read(rpc::FilterCall::Reader from);

Recipe read(capnp::List<rpc::FilterCall>::Reader from);
std::vector<PluginDescription> read(capnp::List<rpc::Plugin>::Reader from);
std::vector<FilterDescription> read(capnp::List<rpc::Filter>::Reader from);

}  // namespace tilework::wire
