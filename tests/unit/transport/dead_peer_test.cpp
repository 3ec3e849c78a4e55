// What the system is told about connections whose other end may go without a word.
#include "schema/transport/dead_peer.h"

#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "schema/transport/connection.h"

namespace tilework::transport {
namespace {

int option(kj::AsyncIoStream& stream, int level, int name) {
  int value = 0;
  kj::uint size = sizeof value;
  stream.getsockopt(level, name, &value, &size);
  return value;
}

}  // namespace

TEST_CASE("the system probes the other end of each TCP connection, and gives up within a minute") {
  auto io = kj::setupAsyncIo();
  auto& network = io.provider->getNetwork();
  auto listener = network.parseAddress("127.0.0.1", 0).wait(io.waitScope)->listen();
  auto stream =
      network.parseAddress("127.0.0.1", listener->getPort()).wait(io.waitScope)->connect().wait(io.waitScope);
  auto& socket = *stream;
  const Connection connection(kj::mv(stream), capnp::rpc::twoparty::Side::CLIENT, nothing(),
                              fixed(master_budget));
  CHECK(option(socket, SOL_SOCKET, SO_KEEPALIVE) == 1);
  const int idle = option(socket, IPPROTO_TCP, TCP_KEEPIDLE);
  const int interval = option(socket, IPPROTO_TCP, TCP_KEEPINTVL);
  const int patience = option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT) / 1000;
  CHECK(patience > idle);
  CHECK(patience <= 45);
  CHECK(idle + interval * option(socket, IPPROTO_TCP, TCP_KEEPCNT) <= 45);
}

TEST_CASE("streams that aren't TCP connections are left as they are") {
  auto io = kj::setupAsyncIo();
  auto pipe = io.provider->newTwoWayPipe();
  notice_dead_peer(*pipe.ends[0]);
  CHECK(option(*pipe.ends[0], SOL_SOCKET, SO_KEEPALIVE) == 0);
}

}  // namespace tilework::transport
