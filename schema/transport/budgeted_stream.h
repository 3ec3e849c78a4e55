// The messages of a connection, on their way between its socket and Cap'n Proto, held to the peer's budget.
// On the event loop's thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <capnp/serialize-async.h>
#include <kj/async-io.h>

#include "schema/transport/account.h"
#include "schema/transport/message_input.h"

namespace tilework::transport {

class BudgetedStream final : public capnp::MessageStream {
 public:
  // The stream outlives this object. `queued` tells how many bytes wait to be written. `told` hears, once,
  // why the connection has to end, as does the reader of the message that is the reason.
  BudgetedStream(kj::AsyncIoStream& stream, std::shared_ptr<const Budget> budget,
                 std::function<std::size_t()> queued, std::function<void(const std::string&)> told);
  KJ_DISALLOW_COPY(BudgetedStream);

  kj::Promise<kj::Maybe<capnp::MessageReaderAndFds>> tryReadMessage(
      kj::ArrayPtr<kj::AutoCloseFd> space, capnp::ReaderOptions options = {},
      kj::ArrayPtr<capnp::word> scratch = nullptr) override;
  // One at a time.
  kj::Promise<void> writeMessage(kj::ArrayPtr<const int> descriptors,
                                 kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments) override;
  kj::Promise<void> writeMessages(
      kj::ArrayPtr<kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>>> messages) override;
  kj::Maybe<int> getSendBufferSize() override { return plain_.getSendBufferSize(); }
  kj::Promise<void> end() override { return plain_.end(); }

  bool is_within_message() const { return input_.is_within_message(); }

 private:
  kj::Promise<void> turn_to_read();
  [[noreturn]] void end_for(kj::Exception&& error);
  capnp::MessageReaderAndFds checked(ArrivedMessage message, kj::ArrayPtr<kj::AutoCloseFd> space);

  std::shared_ptr<const Budget> budget_;
  std::function<std::size_t()> queued_;
  std::function<void(const std::string&)> told_;
  MessageInput input_;
  Account account_;
  capnp::AsyncIoMessageStream plain_;
  kj::Maybe<kj::AsyncCapabilityStream&> passing_;                   // where descriptors can be sent
  kj::Maybe<kj::Own<kj::PromiseFulfiller<void>>> waits_for_queue_;  // the reader, until something was written
};

}  // namespace tilework::transport
