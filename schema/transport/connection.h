// One RPC connection over a stream: the capability that we offer, and the one that the other side does. Over
// TCP, it is lost within a minute when the other side has gone without a word. Lives on the thread of its
// event loop.
#pragma once

#include <cstdint>

#include <capnp/rpc-twoparty.h>
#include <kj/async-io.h>

namespace tilework::transport {

// The largest message that is read, in bytes. Room for a segment of 32 MiB, and for the stats of a large
// image.
inline constexpr std::uint64_t message_limit = 256u << 20;

// Whether capabilities may carry file descriptors (Capability::Client::getFd()).
enum class Descriptors { none, passed };

class Connection {
 public:
  // Descriptors pass over unix sockets alone; those from `kj::Network` and `wrapUnixSocketFd` will do.
  Connection(kj::Own<kj::AsyncIoStream> stream, capnp::rpc::twoparty::Side side,
             capnp::Capability::Client offered, Descriptors descriptors = Descriptors::none);
  KJ_DISALLOW_COPY(Connection);

  // What the other side offers.
  capnp::Capability::Client bootstrap();

  // Answers when the connection is gone, for whatever reason.
  kj::Promise<void> on_disconnect() { return network_->onDisconnect(); }

 private:
  kj::Own<kj::AsyncIoStream> stream_;
  kj::Own<capnp::TwoPartyVatNetwork> network_;
  capnp::RpcSystem<capnp::rpc::twoparty::VatId> rpc_;
};

// Offers nothing.
capnp::Capability::Client nothing();

}  // namespace tilework::transport
