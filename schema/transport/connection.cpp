#include "schema/transport/connection.h"

#include <utility>

#include <capnp/message.h>

#include "schema/transport/dead_peer.h"

namespace tilework::transport {
namespace {

// In one message: a slab is shared at a time.
constexpr unsigned descriptors_at_once = 1;

// Of what is still read of a peer that was at fault.
constexpr std::uint64_t most_heard_out = 32 << 20;

// Of what is sent; messages that come are read with options of their own.
capnp::ReaderOptions options_of_sent() {
  capnp::ReaderOptions options;
  options.traversalLimitInWords = message_limit / sizeof(capnp::word);
  return options;
}

class Discard final : public kj::AsyncOutputStream {
 public:
  kj::Promise<void> write(const void*, std::size_t) override { return kj::READY_NOW; }
  kj::Promise<void> write(kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>>) override { return kj::READY_NOW; }
  kj::Promise<void> whenWriteDisconnected() override { return kj::NEVER_DONE; }
};

}  // namespace

Connection::Connection(kj::Own<kj::AsyncIoStream> stream, capnp::rpc::twoparty::Side side,
                       capnp::Capability::Client offered, std::shared_ptr<const Budget> budget,
                       Descriptors descriptors)
    : stream_(kj::mv(stream)),
      messages_(
          *stream_, budget, [this] { return network_.getCurrentQueueSize(); },
          [this](const std::string& why) {
            at_fault_ = true;
            if (told_) told_(why);
          }),
      network_(messages_, descriptors == Descriptors::passed ? descriptors_at_once : 0, side,
               options_of_sent()),
      rpc_(capnp::makeRpcServer(network_, kj::mv(offered))) {
  rpc_.setFlowLimit(budget->call_bytes / sizeof(capnp::word));
  notice_dead_peer(*stream_);
}

capnp::Capability::Client Connection::bootstrap() {
  capnp::MallocMessageBuilder message(8);
  auto id = message.getRoot<capnp::rpc::twoparty::VatId>();
  id.setSide(network_.getSide() == capnp::rpc::twoparty::Side::CLIENT ? capnp::rpc::twoparty::Side::SERVER
                                                                      : capnp::rpc::twoparty::Side::CLIENT);
  return rpc_.bootstrap(id);
}

kj::Promise<void> Connection::hear_out() {
  if (!at_fault_) return kj::READY_NOW;
  auto nowhere = kj::heap<Discard>();
  auto heard = stream_->pumpTo(*nowhere, most_heard_out).ignoreResult();
  return heard.attach(kj::mv(nowhere));
}

capnp::Capability::Client nothing() {
  return KJ_EXCEPTION(UNIMPLEMENTED, "this side offers nothing");
}

}  // namespace tilework::transport
