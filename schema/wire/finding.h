// What detectors find, between C++ values and Cap'n Proto. Pure; any thread.
#pragma once

#include <vector>

#include "schema/common.capnp.h"
#include "schema/model/finding.h"

namespace tilework::wire {

void write(rpc::Finding::Builder to, const Finding& from);
// Throws UserError for a box that no image has.
std::vector<Finding> read(capnp::List<rpc::Finding>::Reader from);

}  // namespace tilework::wire
