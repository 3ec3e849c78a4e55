#include "schema/transport/connection.h"

#include <capnp/message.h>

#include "schema/transport/dead_peer.h"

namespace tilework::transport {
namespace {

// In one message: a slab is shared at a time.
constexpr unsigned descriptors_at_once = 1;

kj::Own<capnp::TwoPartyVatNetwork> network_over(kj::AsyncIoStream& stream, capnp::rpc::twoparty::Side side,
                                                Descriptors descriptors) {
  capnp::ReaderOptions options;
  options.traversalLimitInWords = message_limit / sizeof(capnp::word);
  if (descriptors == Descriptors::none) {
    return kj::heap<capnp::TwoPartyVatNetwork>(stream, side, options);
  }
  auto& passing = dynamic_cast<kj::AsyncCapabilityStream&>(stream);
  return kj::heap<capnp::TwoPartyVatNetwork>(passing, descriptors_at_once, side, options);
}

}  // namespace

Connection::Connection(kj::Own<kj::AsyncIoStream> stream, capnp::rpc::twoparty::Side side,
                       capnp::Capability::Client offered, Descriptors descriptors)
    : stream_(kj::mv(stream)),
      network_(network_over(*stream_, side, descriptors)),
      rpc_(capnp::makeRpcServer(*network_, kj::mv(offered))) {
  notice_dead_peer(*stream_);
}

capnp::Capability::Client Connection::bootstrap() {
  capnp::MallocMessageBuilder message(8);
  auto id = message.getRoot<capnp::rpc::twoparty::VatId>();
  id.setSide(network_->getSide() == capnp::rpc::twoparty::Side::CLIENT ? capnp::rpc::twoparty::Side::SERVER
                                                                       : capnp::rpc::twoparty::Side::CLIENT);
  return rpc_.bootstrap(id);
}

capnp::Capability::Client nothing() {
  return KJ_EXCEPTION(UNIMPLEMENTED, "this side offers nothing");
}

}  // namespace tilework::transport
