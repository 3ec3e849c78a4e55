#include "schema/transport/connection.h"

#include <capnp/message.h>

namespace tilework::transport {

capnp::ReaderOptions Connection::options() {
  capnp::ReaderOptions options;
  options.traversalLimitInWords = message_limit / sizeof(capnp::word);
  return options;
}

capnp::Capability::Client Connection::bootstrap() {
  capnp::MallocMessageBuilder message(8);
  auto id = message.getRoot<capnp::rpc::twoparty::VatId>();
  id.setSide(network_.getSide() == capnp::rpc::twoparty::Side::CLIENT ? capnp::rpc::twoparty::Side::SERVER
                                                                      : capnp::rpc::twoparty::Side::CLIENT);
  return rpc_.bootstrap(id);
}

capnp::Capability::Client nothing() {
  return KJ_EXCEPTION(UNIMPLEMENTED, "this side offers nothing");
}

}  // namespace tilework::transport
