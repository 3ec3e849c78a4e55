// What a master lets its administrators do. On the event loop's thread.
#pragma once

#include <string>

#include "schema/admin.capnp.h"
#include "server/master/sessions/master_state.h"

namespace tilework::master {

// For one who has shown the token; his connection is signed in for as long. `peer` is for the log. The state
// outlives the capability.
rpc::Admin::Client make_admin(MasterState& state, std::string peer, kj::Own<void> signed_in);

}  // namespace tilework::master
