#include "schema/transport/dead_peer.h"

#include <kj/exception.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace tilework::transport {
namespace {

// In seconds. Probes are sent to a peer that has been silent for so long, then at each interval.
constexpr int idle = 15;
constexpr int interval = 10;
constexpr int probes = 3;

// In milliseconds: what was sent, or a probe, waits no longer for its acknowledgement.
constexpr unsigned patience = 30'000;

bool is_tcp(kj::AsyncIoStream& stream) {
  sockaddr_storage address{};
  kj::uint size = sizeof address;
  stream.getsockname(reinterpret_cast<sockaddr*>(&address), &size);
  return address.ss_family == AF_INET || address.ss_family == AF_INET6;
}

template <class Value>
void set(kj::AsyncIoStream& stream, int level, int option, Value value) {
  stream.setsockopt(level, option, &value, sizeof value);
}

}  // namespace

// A stream that is no socket can't be asked, and one that was closed already needs nothing.
void notice_dead_peer(kj::AsyncIoStream& stream) {
  kj::runCatchingExceptions([&] {
    if (!is_tcp(stream)) return;
    set(stream, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(stream, IPPROTO_TCP, TCP_KEEPIDLE, idle);
    set(stream, IPPROTO_TCP, TCP_KEEPINTVL, interval);
    set(stream, IPPROTO_TCP, TCP_KEEPCNT, probes);
    set(stream, IPPROTO_TCP, TCP_USER_TIMEOUT, patience);
  });
}

}  // namespace tilework::transport
