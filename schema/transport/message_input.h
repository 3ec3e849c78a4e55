// Reads messages of Cap'n Proto's framing (capnp/serialize.h), whose length is looked at before memory is
// taken for them. On the event loop's thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <capnp/message.h>
#include <kj/async-io.h>

#include "schema/transport/budget.h"

namespace tilework::transport {

struct ArrivedMessage {
  kj::Own<capnp::MessageReader> reader;
  std::size_t descriptors = 0;  // of those that there was space for
};

class MessageInput {
 public:
  // The stream outlives this object. The budget may change at any time.
  MessageInput(kj::AsyncIoStream& stream, std::shared_ptr<const Budget> budget)
      : stream_(stream), budget_(std::move(budget)) {}
  KJ_DISALLOW_COPY(MessageInput);

  // The next one; none at the stream's end. Fails, with tilework::Error in KJ's clothes, when it is longer
  // than the budget of that moment allows. Descriptors that come with it go into `space`, which outlives the
  // promise as this object does; where there is space, the stream passes them. One at a time.
  kj::Promise<kj::Maybe<ArrivedMessage>> next(kj::ArrayPtr<kj::AutoCloseFd> space);

  // Whether a message has begun to come, and memory was taken for it.
  bool is_within_message() const { return within_message_; }

 private:
  kj::Promise<kj::AsyncCapabilityStream::ReadResult> read_beginning(kj::ArrayPtr<kj::AutoCloseFd> space);

  kj::AsyncIoStream& stream_;
  std::shared_ptr<const Budget> budget_;
  bool within_message_ = false;
  std::array<std::uint32_t, 2> beginning_{};  // how many segments less one, and the first one's words
};

}  // namespace tilework::transport
