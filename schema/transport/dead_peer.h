// How a connection ends whose other end has gone without a word: a machine without power, a pulled cable.
#pragma once

#include <kj/async-io.h>

namespace tilework::transport {

// Asks the system to probe a TCP connection that is idle, and to give it up when nothing has been
// acknowledged for about 40 s; calls on it fail then as on one that was closed. Does nothing to other
// streams.
void notice_dead_peer(kj::AsyncIoStream& stream);

}  // namespace tilework::transport
