// Connections whose other side goes beyond its budget, and some whose other side doesn't.
#include "schema/transport/budget.h"

#include <array>
#include <cstring>
#include <fstream>

#include <capnp/serialize.h>
#include <catch2/catch.hpp>
#include <kj/async-io.h>
#include <sys/socket.h>
#include <unistd.h>

#include "schema/common.capnp.h"
#include "schema/transport/connection.h"
#include "schema/transport/errors.h"
#include "tests/support/hostile_peer.h"

namespace tilework::transport {
namespace {

using Catch::Matchers::Contains;

constexpr Budget small{"a test", 64 << 10, 8, unbounded, 8, 8, 1 << 20, false};

// Shares anything, and answers with something to hold; or never answers, if it is to wait.
class Table final : public rpc::SlabTable::Server {
 public:
  explicit Table(bool waits = false) : waits_(waits) {}

 protected:
  kj::Promise<void> share(ShareContext context) override {
    context.allowCancellation();
    if (waits_) return kj::NEVER_DONE;
    kept_ = context.getParams().getSlab();
    context.getResults().setHeld(kj::heap<Nothing>());
    return kj::READY_NOW;
  }

 private:
  struct Nothing final : rpc::Held::Server {};
  bool waits_;
  kj::Maybe<rpc::Slab::Client> kept_;
};

struct Slab final : rpc::Slab::Server {};

// One side of a socket is ours; the other is somebody's who blocks.
struct Side {
  explicit Side(const Budget& budget, capnp::Capability::Client offered = kj::heap<Table>()) {
    std::array<int, 2> pair{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) == 0);
    other = kj::AutoCloseFd(pair[1]);
    connection = kj::heap<Connection>(
        io.lowLevelProvider->wrapUnixSocketFd(pair[0], kj::LowLevelAsyncIoProvider::TAKE_OWNERSHIP |
                                                           kj::LowLevelAsyncIoProvider::ALREADY_CLOEXEC),
        capnp::rpc::twoparty::Side::SERVER, kj::mv(offered), fixed(budget), Descriptors::passed);
    connection->on_fault([this](const std::string& why) { fault += why; });
  }

  // Lets the loop do all that it can.
  void run() {
    for (int i = 0; i < 20; ++i) io.provider->getTimer().afterDelay(1 * kj::MILLISECONDS).wait(io.waitScope);
  }

  kj::AsyncIoContext io = kj::setupAsyncIo();
  kj::AutoCloseFd other;
  std::string fault;
  kj::Own<Connection> connection;
};

std::size_t resident_bytes() {
  std::size_t all = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

using Share = rpc::SlabTable::ShareParams;
constexpr auto table_type = capnp::typeId<rpc::SlabTable>();

}  // namespace

TEST_CASE("questions beyond the budget end a connection, with all that waits on it") {
  Budget budget = small;
  budget.calls = worker_budget.calls;
  Side side(budget, kj::heap<Table>(true));
  test::HostilePeer peer(kj::mv(side.other));
  std::uint32_t question = 0;
  peer.bootstrap(question++);
  for (; question < budget.calls; ++question) {
    peer.call<Share>(question, 0, false, table_type, 0);
    if (question % 100 == 0) side.run();
  }
  side.run();
  CHECK(side.fault.empty());
  peer.bootstrap(question);
  side.run();
  CHECK(side.fault == "it has more calls under way than a test may: " + std::to_string(budget.calls));
  side.connection->on_disconnect().wait(side.io.waitScope);
}

TEST_CASE("answers that nobody takes can be dropped, as many as there may be") {
  Budget budget = small;
  budget.calls = budget.lent = worker_budget.held;  // the largest number of all
  budget.queued_bytes = unbounded;
  Side side(budget);
  test::HostilePeer peer(kj::mv(side.other));
  for (std::uint32_t question = 0; question < budget.calls; ++question) {
    peer.bootstrap(question);
    if (question % 100 == 0) side.run();
  }
  side.run();
  CHECK(side.fault.empty());
  side.connection = nullptr;
}

TEST_CASE("of who doesn't take its answers nothing more is read") {
  Budget budget = small;
  budget.calls = budget.lent = uncounted;
  budget.queued_bytes = 100 << 10;
  Side side(budget);
  // Answers of some 80 bytes each; the socket has room for a few thousand of either kind.
  const int room = 64 << 10;
  for (const int option : {SO_SNDBUF, SO_RCVBUF}) {
    ::setsockopt(side.other, SOL_SOCKET, option, &room, sizeof room);
  }
  std::uint32_t sent = 0;
  bool full = false;
  while (!full && sent < 200'000) {
    capnp::MallocMessageBuilder message;
    message.initRoot<capnp::rpc::Message>().initBootstrap().setQuestionId(sent);
    const auto words = capnp::messageToFlatArray(message);
    const auto bytes = words.asBytes();
    full = ::send(side.other, bytes.begin(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0;
    if (full) {
      side.run();
      full = ::send(side.other, bytes.begin(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0;
    }
    ++sent;
  }
  CHECK(full);
  CHECK(side.fault.empty());
  // It goes on when they are taken.
  std::array<char, 4096> answers{};
  std::size_t taken = 0;
  for (int idle = 0; idle < 3;) {
    const ssize_t got = ::recv(side.other, answers.data(), answers.size(), MSG_DONTWAIT);
    if (got > 0) taken += static_cast<std::size_t>(got);
    idle = got > 0 ? 0 : idle + 1;
    if (got <= 0) side.run();
  }
  CHECK(taken > sent * 40);
}

TEST_CASE("a message that is too long is refused before there is memory for it") {
  Side side(small);
  test::HostilePeer peer(kj::mv(side.other));
  const auto before = resident_bytes();
  peer.begin_message(200 << 20, 1 << 10);
  side.run();
  CHECK(side.fault == "it sends a message of 209715200 bytes; a test may send 65536");
  CHECK(resident_bytes() < before + (4 << 20));
  CHECK(peer.closed_within(std::chrono::seconds(5)));
}

TEST_CASE("what is no message ends a connection") {
  Side side(small);
  test::HostilePeer peer(kj::mv(side.other));
  const std::string greeting = "GET / HTTP/1.1\r\n\r\n";
  peer.send(kj::arrayPtr(greeting.data(), greeting.size()).asBytes());
  side.run();
  CHECK(side.fault == "it sent what is no message, or one of too many parts");
}

TEST_CASE("calls to who speaks out of turn fail with that") {
  Side side(host_budget);
  auto table = side.connection->bootstrap().castAs<rpc::SlabTable>();
  auto answer = table.shareRequest().send();
  test::HostilePeer peer(kj::mv(side.other));
  peer.bootstrap(0);
  std::string reason;
  try {
    answer.wait(side.io.waitScope);
  } catch (const kj::Exception& exception) {
    CHECK(exception.getType() == kj::Exception::Type::DISCONNECTED);
    reason = from_kj(exception).what();
  }
  CHECK(reason == "it spoke out of turn: it asked for something");
  CHECK(side.fault == reason);
}

TEST_CASE("a descriptor from who passes none ends a connection") {
  Side side(small);
  capnp::MallocMessageBuilder message;
  message.initRoot<capnp::rpc::Message>().initBootstrap().setQuestionId(0);
  auto words = capnp::messageToFlatArray(message);
  iovec bytes{words.begin(), words.asBytes().size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
  header.msg_iov = &bytes;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  auto* rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int));
  const int descriptor = STDIN_FILENO;
  std::memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
  REQUIRE(::sendmsg(side.other, &header, MSG_NOSIGNAL) > 0);
  side.run();
  CHECK(side.fault == "it spoke out of turn: it passed a file descriptor");
}

// The library at both ends knows what is released when: if a count were kept wrongly, it would grow.
TEST_CASE("a small budget lasts for ever, as long as everything is given back") {
  Budget budget = small;
  budget.calls = budget.held = budget.lent = 24;  // a few rounds' worth
  Side side(budget);
  auto stream = side.io.lowLevelProvider->wrapUnixSocketFd(
      side.other.release(),
      kj::LowLevelAsyncIoProvider::TAKE_OWNERSHIP | kj::LowLevelAsyncIoProvider::ALREADY_CLOEXEC);
  Connection client(kj::mv(stream), capnp::rpc::twoparty::Side::CLIENT, nothing(), fixed(budget),
                    Descriptors::passed);
  std::string fault;
  client.on_fault([&](const std::string& why) { fault += why; });
  auto table = client.bootstrap().castAs<rpc::SlabTable>();
  for (int round = 0; round < 5000; ++round) {
    const auto ask = [&] {
      auto request = table.shareRequest();
      request.setSlab(kj::heap<Slab>());
      return request.send();
    };
    auto dropped_at_once = ask();
    auto kept = ask();
    { auto gone = kj::mv(dropped_at_once); }
    auto answer = kept.wait(side.io.waitScope);
    auto held = answer.getHeld();
    auto late = ask();
    if (round % 3 == 0) side.io.provider->getTimer().afterDelay(0 * kj::SECONDS).wait(side.io.waitScope);
    { auto gone = kj::mv(late); }
    if (round % 7 == 0) client.bootstrap().whenResolved().wait(side.io.waitScope);
  }
  CHECK(fault.empty());
  CHECK(side.fault.empty());
}

}  // namespace tilework::transport
