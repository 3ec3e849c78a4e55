// Unix sockets in the abstract namespace, for processes of one user in one network namespace: the ones that
// can share memory. On the event loop's thread.
#pragma once

#include <string>

#include <kj/async-io.h>

namespace tilework::transport {

struct LocalListener {
  std::string name;  // hard to guess; for connect_locally()
  kj::Own<kj::ConnectionReceiver> receiver;
};

kj::Promise<LocalListener> listen_locally(kj::Network& network);

// Fails when nobody of this user listens there: on another machine, in another network namespace.
kj::Promise<kj::Own<kj::AsyncIoStream>> connect_locally(kj::Network& network, const std::string& name);

// Whether this user's process (or the administrator's) is at the other end of a unix socket.
bool is_same_user(kj::AsyncIoStream& stream);

}  // namespace tilework::transport
