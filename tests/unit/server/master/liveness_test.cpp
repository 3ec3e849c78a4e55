// When a client that says nothing is given up, over a real connection.
#include "server/master/sessions/liveness.h"

#include <catch2/catch.hpp>
#include <kj/async-io.h>

using namespace tilework;
using namespace std::chrono_literals;

namespace {

// Both ends of a TCP connection.
struct Ends {
  kj::AsyncIoContext io = kj::setupAsyncIo();
  kj::Own<kj::AsyncIoStream> ours, theirs;

  Ends() {
    auto address = io.provider->getNetwork().parseAddress("127.0.0.1", 0).wait(io.waitScope);
    auto listener = address->listen();
    auto there = io.provider->getNetwork().parseAddress("127.0.0.1", listener->getPort()).wait(io.waitScope);
    auto accepted = listener->accept();
    theirs = there->connect().wait(io.waitScope);
    ours = accepted.wait(io.waitScope);
  }

  void pass(std::chrono::milliseconds time) {
    io.provider->getTimer().afterDelay(time.count() * kj::MILLISECONDS).wait(io.waitScope);
  }
};

}  // namespace

TEST_CASE("a client of which nothing is heard is given up once, and not before its time") {
  Ends ends;
  unsigned given_up = 0;
  master::Liveness liveness(ends.io.provider->getTimer(), transport::Line(*ends.ours), 400ms,
                            [&] { ++given_up; });
  ends.pass(100ms);
  CHECK(given_up == 0);
  CHECK(liveness.silence() >= 90ms);
  ends.pass(1'000ms);
  CHECK(given_up == 1);
}

TEST_CASE("calls of a client, and bytes that it sends or takes, are signs of its life") {
  Ends ends;
  unsigned given_up = 0;
  master::Liveness liveness(ends.io.provider->getTimer(), transport::Line(*ends.ours), 2'000ms,
                            [&] { ++given_up; });
  const auto bytes = kj::heapArray<kj::byte>(16 << 10);
  ends.pass(300ms);
  CHECK(liveness.silence() >= 290ms);
  SECTION("a call") {
    liveness.heard();
  }
  SECTION("bytes from it") {
    ends.theirs->write(bytes.begin(), bytes.size()).wait(ends.io.waitScope);
    ends.pass(1ms);
  }
  SECTION("bytes to it") {
    ends.ours->write(bytes.begin(), bytes.size()).wait(ends.io.waitScope);
    ends.pass(1ms);
  }
  CHECK(liveness.silence() < 250ms);
  CHECK(given_up == 0);
}

TEST_CASE("a client that makes its message last by a byte now and then is given up") {
  Ends ends;
  unsigned given_up = 0;
  master::Liveness liveness(ends.io.provider->getTimer(), transport::Line(*ends.ours), 400ms,
                            [&] { ++given_up; });
  for (int i = 0; i < 100 && given_up == 0; ++i) {
    ends.theirs->write("x", 1).wait(ends.io.waitScope);
    ends.pass(20ms);
  }
  CHECK(given_up == 1);
}

TEST_CASE("a line that is cut ends for both, after what was sent before") {
  Ends ends;
  master::Liveness liveness(ends.io.provider->getTimer(), transport::Line(*ends.ours), 60s, [] {});
  ends.ours->write("last", 4).wait(ends.io.waitScope);
  liveness.cut_after(100ms);
  char text[8];
  CHECK(ends.theirs->tryRead(text, sizeof text, sizeof text).wait(ends.io.waitScope) == 4);
  CHECK(ends.ours->tryRead(text, 1, 1).wait(ends.io.waitScope) == 0);
}
