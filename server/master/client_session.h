// What one client may do: upload images and submit jobs. On the event loop's thread.
#pragma once

#include <string>

#include "schema/master.capnp.h"
#include "schema/model/client.h"
#include "schema/transport/line.h"
#include "server/master/service.h"

namespace tilework::master {

// The session's jobs end with it, and so does its connection's sign-in. `line` is its connection's, which is
// closed when nothing is heard of the client any more, or when an administrator ends the session; `address`
// is its other end. The state outlives the session.
rpc::ClientSession::Client make_client_session(MasterState& state, ClientInfo client, std::string address,
                                               transport::Line line, kj::Own<void> signed_in);

}  // namespace tilework::master
