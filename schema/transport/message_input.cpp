#include "schema/transport/message_input.h"

#include <algorithm>
#include <string>
#include <utility>

#include <endian.h>

#include "schema/transport/errors.h"

namespace tilework::transport {
namespace {

// As the library's own reader has it.
constexpr std::uint64_t too_many_segments = 512;

// What may be followed of a message, in lengths of the longest: its pointers may lead to the same place again
// and again.
constexpr std::uint64_t traversals = 8;

capnp::ReaderOptions options_for(const Budget& budget) {
  capnp::ReaderOptions options;
  options.traversalLimitInWords =
      std::max(std::min(traversals * budget.message_bytes, message_limit), budget.message_bytes) /
      sizeof(capnp::word);
  return options;
}

kj::Exception cut_off() {
  return KJ_EXCEPTION(DISCONNECTED, "the connection ended within a message");
}

class ArrivingMessage final : public capnp::MessageReader {
 public:
  ArrivingMessage(std::array<std::uint32_t, 2> beginning, const Budget& budget)
      : MessageReader(options_for(budget)), beginning_(beginning), budget_(budget) {}
  ~ArrivingMessage() noexcept(false) override = default;
  KJ_DISALLOW_COPY(ArrivingMessage);

  kj::ArrayPtr<const capnp::word> getSegment(kj::uint id) override {
    return id < segments_.size() ? segments_[id] : kj::ArrayPtr<const capnp::word>();
  }

  // What follows the beginning.
  kj::Promise<void> read_rest(kj::AsyncIoStream& stream) {
    const std::uint64_t count = std::uint64_t{le32toh(beginning_[0])} + 1;
    if (count >= too_many_segments) {
      return to_kj(Error(Fault::failed, "it sent what is no message, or one of too many parts"));
    }
    segments_ = kj::heapArray<kj::ArrayPtr<const capnp::word>>(count);
    if (count == 1) return read_words(stream);
    lengths_ = kj::heapArray<std::uint32_t>(count & ~std::uint64_t{1});  // padded to a word
    return stream.read(lengths_.begin(), lengths_.asBytes().size()).then([this, &stream] {
      return read_words(stream);
    });
  }

 private:
  std::uint64_t length_of(std::size_t segment) const {
    return le32toh(segment == 0 ? beginning_[1] : lengths_[segment - 1]);
  }

  kj::Promise<void> read_words(kj::AsyncIoStream& stream) {
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < segments_.size(); ++i) count += length_of(i);
    if (count > budget_.message_bytes / sizeof(capnp::word)) {
      return to_kj(Error(Fault::failed,
                         "it sends a message of " + std::to_string(count * sizeof(capnp::word)) + " bytes; " +
                             budget_.peer + " may send " + std::to_string(budget_.message_bytes)));
    }
    words_ = kj::heapArray<capnp::word>(count);
    std::size_t begin = 0;
    for (std::size_t i = 0; i < segments_.size(); begin += length_of(i++)) {
      segments_[i] = words_.slice(begin, begin + length_of(i));
    }
    return stream.read(words_.begin(), count * sizeof(capnp::word));
  }

  const std::array<std::uint32_t, 2> beginning_;
  const Budget budget_;               // as it was
  kj::Array<std::uint32_t> lengths_;  // of the segments after the first, in words
  kj::Array<kj::ArrayPtr<const capnp::word>> segments_;
  kj::Array<capnp::word> words_;
};

}  // namespace

kj::Promise<kj::AsyncCapabilityStream::ReadResult> MessageInput::read_beginning(
    kj::ArrayPtr<kj::AutoCloseFd> space) {
  if (space.size() > 0) {
    return dynamic_cast<kj::AsyncCapabilityStream&>(stream_).tryReadWithFds(
        beginning_.data(), sizeof beginning_, sizeof beginning_, space.begin(), space.size());
  }
  return stream_.tryRead(beginning_.data(), sizeof beginning_, sizeof beginning_).then([](std::size_t got) {
    return kj::AsyncCapabilityStream::ReadResult{got, 0};
  });
}

kj::Promise<kj::Maybe<ArrivedMessage>> MessageInput::next(kj::ArrayPtr<kj::AutoCloseFd> space) {
  return read_beginning(space).then([this](auto&& read) -> kj::Promise<kj::Maybe<ArrivedMessage>> {
    if (read.byteCount == 0) return kj::Maybe<ArrivedMessage>(nullptr);
    if (read.byteCount < sizeof beginning_) return cut_off();
    auto message = kj::heap<ArrivingMessage>(beginning_, *budget_);
    within_message_ = true;
    auto whole = message->read_rest(stream_);
    return whole.then(
        [this, message = kj::mv(message), count = read.capCount]() mutable -> kj::Maybe<ArrivedMessage> {
          within_message_ = false;
          return ArrivedMessage{kj::mv(message), count};
        });
  });
}

}  // namespace tilework::transport
