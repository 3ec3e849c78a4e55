// How a session finds its master, and what it says when there is none.
#include <future>

#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/session/session.h"
#include "schema/transport/machine.h"
#include "tests/support/fake_master.h"

using namespace tilework;
using Catch::Matchers::Contains;
using test::FakeBehaviour;
using test::FakeMaster;

namespace {

// A port at which nobody listens: bound, so that nobody else takes it.
class DeafPort {
 public:
  DeafPort() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~DeafPort() { ::close(socket_); }
  DeafPort(const DeafPort&) = delete;
  DeafPort& operator=(const DeafPort&) = delete;

  transport::Endpoint endpoint() const { return {"127.0.0.1", port_}; }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

std::string unreachable_text(client::Session& session) {
  try {
    session.filters().get();
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::unreachable);
    return error.what();
  }
  FAIL("it did not fail");
  return "";
}

}  // namespace

TEST_CASE("a session says whose it is") {
  const FakeMaster master({});
  client::SessionOptions options;
  options.name = "a-program";
  client::Session session({master.endpoint()}, options);
  session.status().get();
  const auto client = master.record().client;
  CHECK(client.program == "a-program");
  CHECK(client.user == transport::user_name());
  CHECK(client.host == transport::host_name());
  CHECK(client.process == static_cast<std::uint32_t>(::getpid()));
}

TEST_CASE("a session lists the filters and the workers") {
  FakeBehaviour behaviour;
  FilterDescription filter;
  filter.name = "blur";
  behaviour.plugins = {{"blur.so", "abc", {filter}}};
  const FakeMaster master(behaviour);
  client::Session session({master.endpoint()});
  auto filters = session.filters();
  auto status = session.status();
  const auto plugins = filters.get().plugins;
  REQUIRE(plugins.size() == 1);
  CHECK(plugins[0].digest == "abc");
  CHECK(plugins[0].filters.at(0).name == "blur");
  const auto workers = status.get().workers;
  REQUIRE(workers.size() == 1);
  CHECK(workers[0].name == "fake-worker");
  CHECK(workers[0].slots == 3);
  CHECK(master.record().sessions == 1);
}

TEST_CASE("a port where nobody listens is told with its address and what to try") {
  const DeafPort port;
  client::Session session({port.endpoint()});
  const std::string text = unreachable_text(session);
  CHECK_THAT(text, Contains("nobody answers at " + port.endpoint().text() + " (Connection refused)"));
  CHECK_THAT(text, Contains("is tilework-server running there?"));
}

TEST_CASE("a host without an address is told by name") {
  client::Session session({{"no-such-host.invalid", 7400}});
  CHECK_THAT(unreachable_text(session), Contains("nobody answers at no-such-host.invalid:7400 ("));
}

TEST_CASE("masters are tried in turn until one answers") {
  const DeafPort port;
  const FakeMaster master({});
  client::Session session({port.endpoint(), master.endpoint()});
  CHECK(session.filters().get().plugins.empty());
}

TEST_CASE("when none of several masters answers, the reason of each is told") {
  const DeafPort first;
  const DeafPort second;
  client::Session session({first.endpoint(), second.endpoint()});
  const std::string text = unreachable_text(session);
  CHECK_THAT(text, Contains(first.endpoint().text() + " (Connection refused)"));
  CHECK_THAT(text, Contains(second.endpoint().text() + " (Connection refused)"));
}

TEST_CASE("somebody else at the port is told from a master") {
  FakeBehaviour behaviour;
  client::SessionOptions options;
  options.connect_timeout = std::chrono::milliseconds(50);
  std::string reason;
  SECTION("who says nothing") {
    behaviour.greeting = FakeBehaviour::Greeting::silent;
    reason = "doesn't answer as a Tilework master does";
  }
  SECTION("who hangs up") {
    behaviour.greeting = FakeBehaviour::Greeting::hangs_up;
    reason = "it hangs up: either it is no Tilework master, or too many connect to it just now";
    options.connect_timeout = std::chrono::seconds(30);
  }
  const FakeMaster other(behaviour);
  client::Session session({other.endpoint()}, options);
  CHECK_THAT(unreachable_text(session), Contains(reason));
}

TEST_CASE("a master that hangs up, as one that is busy does, is tried again") {
  FakeBehaviour busy;
  busy.greeting = FakeBehaviour::Greeting::hangs_up;
  FakeMaster master(busy);
  client::Session session({master.endpoint()});
  auto filters = session.filters();
  REQUIRE(master.wait_until([](const auto& record) { return record.turned_away == 1; }));
  master.greet(FakeBehaviour::Greeting::normal);
  CHECK(filters.get().plugins.empty());
}
