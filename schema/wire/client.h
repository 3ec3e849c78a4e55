// Who a client says that it is, between its C++ value and Cap'n Proto. Pure; any thread.
#pragma once

#include "schema/common.capnp.h"
#include "schema/model/client.h"

namespace tilework::wire {

void write(rpc::ClientInfo::Builder to, const ClientInfo& from);
// Texts are cleaned and cut: the client says what it likes.
ClientInfo read(rpc::ClientInfo::Reader from);

}  // namespace tilework::wire
