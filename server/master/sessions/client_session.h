// What one client may do: upload images and submit jobs. On the event loop's thread.
#pragma once

#include <functional>
#include <string>

#include "schema/master.capnp.h"
#include "schema/model/client.h"
#include "schema/transport/line.h"
#include "server/master/sessions/master_state.h"

namespace tilework::master {

// Signs a session's connection in, for as long as the result lives; see Newcomers::Visit.
using SignIn = std::function<kj::Own<void>(std::function<void()> leave)>;

// The session's jobs end with its connection, at the latest, and so does the sign-in. `line` is the
// connection's, which is closed when nothing is heard of the client any more, or when an administrator ends
// the session; `address` is its other end. The state outlives the session.
rpc::ClientSession::Client make_client_session(MasterState& state, ClientInfo client, std::string address,
                                               transport::Line line, const SignIn& sign_in);

}  // namespace tilework::master
