#include "schema/transport/budgeted_stream.h"

#include <utility>

#include <kj/io.h>

#include "schema/transport/errors.h"

namespace tilework::transport {
namespace {

// What we write ourselves, or have weighed already.
capnp::ReaderOptions trusting() {
  capnp::ReaderOptions options;
  options.traversalLimitInWords = unbounded;
  return options;
}

// The RPC library's own words are for those who make programs.
std::string words_of(const kj::Exception& error) {
  const auto ours = find_error(error);
  return ours ? ours->what() : "it sent a message that makes no sense";
}

}  // namespace

BudgetedStream::BudgetedStream(kj::AsyncIoStream& stream, std::shared_ptr<const Budget> budget,
                               std::function<std::size_t()> queued,
                               std::function<void(const std::string&)> told)
    : budget_(std::move(budget)),
      queued_(std::move(queued)),
      told_(std::move(told)),
      input_(stream, budget_),
      account_(budget_),
      plain_(stream) {
  if (auto* passing = dynamic_cast<kj::AsyncCapabilityStream*>(&stream)) passing_ = *passing;
}

// By way of the end of the loop's turn, when the library has noticed too that something was written.
kj::Promise<void> BudgetedStream::turn_to_read() {
  auto pair = kj::newPromiseAndFulfiller<void>();
  waits_for_queue_ = kj::mv(pair.fulfiller);
  return pair.promise.then([] { return kj::evalLast([] {}); });
}

kj::Promise<kj::Maybe<capnp::MessageReaderAndFds>> BudgetedStream::tryReadMessage(
    kj::ArrayPtr<kj::AutoCloseFd> space, capnp::ReaderOptions options, kj::ArrayPtr<capnp::word> scratch) {
  if (queued_() > budget_->queued_bytes) {
    return turn_to_read().then(
        [this, space, options, scratch] { return tryReadMessage(space, options, scratch); });
  }
  return input_.next(space).then(
      [this, space](kj::Maybe<ArrivedMessage>&& arrived) -> kj::Maybe<capnp::MessageReaderAndFds> {
        KJ_IF_MAYBE (message, arrived) return checked(kj::mv(*message), space);
        return nullptr;
      },
      [this](kj::Exception&& error) -> kj::Maybe<capnp::MessageReaderAndFds> { end_for(kj::mv(error)); });
}

void BudgetedStream::end_for(kj::Exception&& error) {
  const bool is_fault = error.getType() == kj::Exception::Type::FAILED;
  if (auto told = std::exchange(told_, nullptr); told && is_fault) told(words_of(error));
  kj::throwFatalException(kj::mv(error));
}

capnp::MessageReaderAndFds BudgetedStream::checked(ArrivedMessage message,
                                                   kj::ArrayPtr<kj::AutoCloseFd> space) {
  try {
    method([&] {
      if (message.descriptors > 0 && !budget_->passes_descriptors) {
        throw Error(Fault::failed, "it spoke out of turn: it passed a file descriptor");
      }
      account_.came(message.reader->getRoot<capnp::rpc::Message>());
    });
  } catch (kj::Exception& error) {
    end_for(kj::mv(error));
  }
  return {kj::mv(message.reader), space.slice(0, message.descriptors)};
}

kj::Promise<void> BudgetedStream::writeMessage(kj::ArrayPtr<const int> descriptors,
                                               kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments) {
  capnp::SegmentArrayMessageReader reader(segments, trusting());
  account_.goes(reader.getRoot<capnp::rpc::Message>());
  auto written = [&]() -> kj::Promise<void> {
    KJ_IF_MAYBE (passing, passing_) {
      if (descriptors.size() > 0) return capnp::writeMessage(*passing, descriptors, segments);
    }
    return plain_.writeMessage(descriptors, segments);
  }();
  return written.then([this] {
    KJ_IF_MAYBE (reader, std::exchange(waits_for_queue_, nullptr)) (*reader)->fulfill();
  });
}

kj::Promise<void> BudgetedStream::writeMessages(
    kj::ArrayPtr<kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>>>) {
  KJ_UNIMPLEMENTED("nobody here writes several messages at once");
}

}  // namespace tilework::transport
