// What one client may do: upload images and submit jobs. On the event loop's thread.
#pragma once

#include <string>

#include "schema/master.capnp.h"
#include "server/master/service.h"

namespace tilework::master {

// The session's jobs end with it, and so does its connection's sign-in. The state outlives it.
rpc::ClientSession::Client make_client_session(MasterState& state, const std::string& client,
                                               kj::Own<void> signed_in);

}  // namespace tilework::master
