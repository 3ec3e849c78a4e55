// The master's side of master.capnp: sessions of clients, memberships of workers, administrators. On the
// event loop's thread.
#pragma once

#include <memory>

#include <kj/async-io.h>

#include "schema/master.capnp.h"
#include "server/master/sessions/master_state.h"
#include "server/master/sessions/newcomers.h"

namespace tilework::master {

// The bootstrap capability of a connection, which outlives it. Who opens a session, joins or administers is
// signed in on his visit. `is_local` tells that the connection can share memory.
rpc::Master::Client make_service(MasterState& state, kj::AsyncIoStream& connection,
                                 std::shared_ptr<Newcomers::Visit> visit, bool is_local);

}  // namespace tilework::master
