// One RPC connection over a stream: the capability that we offer, and the one that the other side does. Over
// TCP, it is lost within a minute when the other side has gone without a word. It is ended when the other
// side goes beyond its budget. Lives on the thread of its event loop.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <capnp/rpc-twoparty.h>
#include <kj/async-io.h>

#include "schema/transport/budget.h"
#include "schema/transport/budgeted_stream.h"

namespace tilework::transport {

// Whether capabilities may carry file descriptors (Capability::Client::getFd()).
enum class Descriptors { none, passed };

class Connection {
 public:
  // Descriptors pass over unix sockets alone; those from `kj::Network` and `wrapUnixSocketFd` will do. The
  // budget is the other side's; who shares it may change it at any time.
  Connection(kj::Own<kj::AsyncIoStream> stream, capnp::rpc::twoparty::Side side,
             capnp::Capability::Client offered, std::shared_ptr<const Budget> budget,
             Descriptors descriptors = Descriptors::none);
  KJ_DISALLOW_COPY(Connection);

  // What the other side offers.
  capnp::Capability::Client bootstrap();

  // Answers when the connection is gone, for whatever reason.
  kj::Promise<void> on_disconnect() { return network_.onDisconnect(); }

  // `told` hears why, should the other side's own doing end the connection: what it sent is no message, or
  // too much. Calls on their way to it fail with the same words. Once, and not from within a call.
  void on_fault(std::function<void(const std::string&)> told) { told_ = std::move(told); }

  // Whether the other side is in the middle of a message.
  bool is_within_message() const { return messages_.is_within_message(); }

  // After on_disconnect(). Who was at fault may still be sending, and would lose the reason with a socket
  // that is closed on it: reads and forgets what comes, to its end or up to 32 MiB. Answers at once where
  // nobody was at fault.
  kj::Promise<void> hear_out();

 private:
  kj::Own<kj::AsyncIoStream> stream_;
  std::function<void(const std::string&)> told_;
  bool at_fault_ = false;
  BudgetedStream messages_;
  capnp::TwoPartyVatNetwork network_;
  capnp::RpcSystem<capnp::rpc::twoparty::VatId> rpc_;
};

// Offers nothing.
capnp::Capability::Client nothing();

}  // namespace tilework::transport
