#include "tests/fuzz/fed_stream.h"

#include <algorithm>
#include <cstring>

#include <kj/debug.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tilework::fuzz {

void Feed::say(const std::string& bytes) {
  said_ += bytes;
  go_on();
}

void Feed::hang_up() {
  is_over_ = true;
  go_on();
}

void Feed::go_on() {
  KJ_IF_MAYBE (reading, reading_) {
    if (!can_read(reading->least)) return;
    auto ready = kj::mv(*reading);
    reading_ = nullptr;
    if (ready.done->isWaiting()) ready.done->fulfill(take(ready.to, ready.space));
  }
}

kj::Promise<Feed::ReadResult> Feed::read(kj::ArrayPtr<kj::byte> to, std::size_t least,
                                         kj::ArrayPtr<kj::AutoCloseFd> space) {
  if (can_read(least)) return take(to, space);
  auto pair = kj::newPromiseAndFulfiller<ReadResult>();
  reading_ = Reading{to, least, space, kj::mv(pair.fulfiller)};
  return kj::mv(pair.promise);
}

Feed::ReadResult Feed::take(kj::ArrayPtr<kj::byte> to, kj::ArrayPtr<kj::AutoCloseFd> space) {
  const std::size_t count = std::min(to.size(), said_.size() - read_);
  std::memcpy(to.begin(), said_.data() + read_, count);
  read_ += count;
  std::size_t passed = 0;
  while (!descriptors_.empty() && descriptors_.front().first < read_) {
    if (passed < space.size()) space[passed++] = kj::mv(descriptors_.front().second);
    descriptors_.pop_front();
  }
  return {count, passed};
}

kj::Promise<void> Feed::write(kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>> pieces) {
  if (is_stalled_) return kj::NEVER_DONE;
  for (const auto& piece : pieces) heard_.append(piece.asChars().begin(), piece.size());
  return kj::READY_NOW;
}

template <class Base>
class FedStream : public Base {
 public:
  FedStream(std::shared_ptr<Feed> feed, int family) : feed_(std::move(feed)), family_(family) {}
  ~FedStream() noexcept(false) {
    feed_->reading_ = nullptr;
    feed_->is_closed_ = true;
  }
  KJ_DISALLOW_COPY(FedStream);

  kj::Promise<std::size_t> tryRead(void* to, std::size_t least, std::size_t most) override {
    return feed_->read({static_cast<kj::byte*>(to), most}, least, nullptr).then([](Feed::ReadResult read) {
      return read.byteCount;
    });
  }
  kj::Promise<void> write(const void* from, std::size_t size) override {
    const kj::ArrayPtr<const kj::byte> piece(static_cast<const kj::byte*>(from), size);
    return feed_->write({&piece, 1});
  }
  kj::Promise<void> write(kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>> pieces) override {
    return feed_->write(pieces);
  }
  kj::Promise<void> whenWriteDisconnected() override { return kj::NEVER_DONE; }
  void shutdownWrite() override {}

  void getsockopt(int, int option, void* value, kj::uint* length) override {
    KJ_REQUIRE(option == SO_PEERCRED && *length >= sizeof(ucred));
    *length = sizeof(ucred);
    const ucred peer{::getpid(), ::geteuid(), ::getegid()};
    std::memcpy(value, &peer, sizeof peer);
  }
  void setsockopt(int, int, const void*, kj::uint) override {}
  void getsockname(sockaddr* address, kj::uint* length) override { getpeername(address, length); }
  void getpeername(sockaddr* address, kj::uint* length) override {
    sockaddr_in peer{};
    peer.sin_family = static_cast<sa_family_t>(family_);
    peer.sin_addr.s_addr = htonl(0xc0000207);  // 192.0.2.7
    *length = std::min<kj::uint>(*length, sizeof peer);
    std::memcpy(address, &peer, *length);
  }

 protected:
  kj::Promise<Feed::ReadResult> read_with_descriptors(void* to, std::size_t least, std::size_t most,
                                                      kj::ArrayPtr<kj::AutoCloseFd> space) {
    return feed_->read({static_cast<kj::byte*>(to), most}, least, space);
  }
  kj::Promise<void> write_all(kj::ArrayPtr<const kj::byte> data,
                              kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>> more) {
    auto written = feed_->write({&data, 1});
    return more.size() == 0 ? kj::mv(written) : feed_->write(more);
  }

 private:
  std::shared_ptr<Feed> feed_;
  int family_;
};

namespace {

// Descriptors that it is given to send are nobody's.
class LocalStream final : public FedStream<kj::AsyncCapabilityStream> {
 public:
  explicit LocalStream(std::shared_ptr<Feed> feed) : FedStream(std::move(feed), AF_UNIX) {}

  kj::Promise<void> writeWithFds(kj::ArrayPtr<const kj::byte> data,
                                 kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>> more,
                                 kj::ArrayPtr<const int>) override {
    return write_all(data, more);
  }
  kj::Promise<ReadResult> tryReadWithFds(void* to, std::size_t least, std::size_t most,
                                         kj::AutoCloseFd* space, std::size_t count) override {
    return read_with_descriptors(to, least, most, {space, count});
  }
  kj::Promise<void> writeWithStreams(kj::ArrayPtr<const kj::byte>,
                                     kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>>,
                                     kj::Array<kj::Own<kj::AsyncCapabilityStream>>) override {
    KJ_UNIMPLEMENTED("nobody here passes streams");
  }
  kj::Promise<ReadResult> tryReadWithStreams(void*, std::size_t, std::size_t,
                                             kj::Own<kj::AsyncCapabilityStream>*, std::size_t) override {
    KJ_UNIMPLEMENTED("nobody here passes streams");
  }
};

}  // namespace

kj::Own<kj::AsyncIoStream> network_stream(std::shared_ptr<Feed> feed) {
  return kj::heap<FedStream<kj::AsyncIoStream>>(std::move(feed), AF_INET);
}

kj::Own<kj::AsyncIoStream> local_stream(std::shared_ptr<Feed> feed) {
  return kj::heap<LocalStream>(std::move(feed));
}

}  // namespace tilework::fuzz
