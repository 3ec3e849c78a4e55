// Who is at the other end of a connection.
#pragma once

#include <string>

#include <kj/async-io.h>

namespace tilework::transport {

// "192.0.2.7:51234", "[2001:db8::1]:51234"; "local" where the stream is no TCP connection, and "unknown" when
// it has been closed already.
std::string peer_of(kj::AsyncIoStream& stream);

}  // namespace tilework::transport
