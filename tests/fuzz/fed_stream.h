// A connection in memory: what its other end says is fed to it, and what it says is kept. On the event loop's
// thread.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include <kj/async-io.h>
#include <kj/io.h>

namespace tilework::fuzz {

// The other end.
class Feed {
 public:
  Feed() = default;
  KJ_DISALLOW_COPY(Feed);

  void say(const std::string& bytes);
  // A descriptor that comes with the next byte that is said.
  void pass(kj::AutoCloseFd descriptor) { descriptors_.emplace_back(said_.size(), kj::mv(descriptor)); }
  void hang_up();
  // Nothing of what is written is taken any more.
  void stall() { is_stalled_ = true; }

  // What was written since the last time.
  std::string heard() { return std::exchange(heard_, {}); }
  // Whether the stream is gone.
  bool is_closed() const { return is_closed_; }

 private:
  template <class Base>
  friend class FedStream;
  using ReadResult = kj::AsyncCapabilityStream::ReadResult;
  struct Reading {
    kj::ArrayPtr<kj::byte> to;
    std::size_t least;
    kj::ArrayPtr<kj::AutoCloseFd> space;
    kj::Own<kj::PromiseFulfiller<ReadResult>> done;
  };

  kj::Promise<ReadResult> read(kj::ArrayPtr<kj::byte> to, std::size_t least,
                               kj::ArrayPtr<kj::AutoCloseFd> space);
  bool can_read(std::size_t least) const { return is_over_ || said_.size() - read_ >= least; }
  ReadResult take(kj::ArrayPtr<kj::byte> to, kj::ArrayPtr<kj::AutoCloseFd> space);
  void go_on();
  kj::Promise<void> write(kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>> pieces);

  std::string said_;
  std::size_t read_ = 0;
  std::deque<std::pair<std::size_t, kj::AutoCloseFd>> descriptors_;  // by the bytes that they come with
  kj::Maybe<Reading> reading_;
  std::string heard_;
  bool is_over_ = false;
  bool is_stalled_ = false;
  bool is_closed_ = false;
};

// One that comes over the network, or one over a unix socket, which passes descriptors.
kj::Own<kj::AsyncIoStream> network_stream(std::shared_ptr<Feed> feed);
kj::Own<kj::AsyncIoStream> local_stream(std::shared_ptr<Feed> feed);

}  // namespace tilework::fuzz
