// A line so slow that a ping waits behind the image for longer than a silent master is given.
#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/session/session.h"
#include "tests/support/fake_master.h"
#include "tests/unit/client/session_desk.h"

using namespace tilework;
using namespace std::chrono_literals;
using test::Desk;
using test::FakeMaster;

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Carries one connection to a master, upwards at about 1.6 MB/s.
class SlowLine {
 public:
  explicit SlowLine(const transport::Endpoint& master)
      : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
        up_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    // Little room on the way, so that what was sent waits at the sender as on a real line.
    const int room = 32 << 10;
    REQUIRE(::setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &room, sizeof room) == 0);
    auto address = loopback(0);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 1) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    const auto there = loopback(master.port);
    REQUIRE(::connect(up_, reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0);
    carrier_ = std::thread([this] { carry(); });
  }
  ~SlowLine() {
    ::shutdown(listener_, SHUT_RDWR);
    ::shutdown(up_, SHUT_RDWR);
    carrier_.join();
    ::close(listener_);
    ::close(up_);
  }
  SlowLine(const SlowLine&) = delete;
  SlowLine& operator=(const SlowLine&) = delete;

  transport::Endpoint endpoint() const { return {"127.0.0.1", port_}; }

 private:
  void carry() {
    const int down = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (down < 0) return;
    while (copy(up_, down) && copy(down, up_)) ::poll(nullptr, 0, 10);
    ::close(down);
  }

  // What there is, up to a limit; false at the end.
  static bool copy(int from, int to) {
    std::array<char, 16 << 10> bytes{};
    const ssize_t got = ::recv(from, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN;
    return got > 0 && ::send(to, bytes.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) == got;
  }

  int listener_;
  int up_;
  std::uint16_t port_ = 0;
  std::thread carrier_;
};

}  // namespace

TEST_CASE("a slow line isn't taken for a silent master while bytes move on it") {
  const FakeMaster master({});
  const SlowLine line(master.endpoint());
  const Desk desk;
  std::filesystem::resize_file(desk.folder.file("in.jpg"), 3 << 20);
  client::SessionOptions options;
  options.ping_interval = 10ms;
  options.ping_deadline = 400ms;
  options.patience = 0ms;
  client::Session session({line.endpoint()}, options);
  const auto outcome = session.apply(desk.job()).get();
  CHECK(outcome.upload > options.ping_deadline);
  CHECK(master.record().image.size() == 3 << 20);
  CHECK(test::read_file(desk.folder.file("out.png")) == "the result");
}
