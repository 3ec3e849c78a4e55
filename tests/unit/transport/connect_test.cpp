// How a host with several addresses is reached.
#include "schema/transport/connect.h"

#include <map>
#include <string>

#include <catch2/catch.hpp>
#include <kj/debug.h>

namespace tilework::transport {
namespace {

enum class Behaviour { answers, refuses, is_silent };

// An address, or the name of several.
class FakeAddress final : public kj::NetworkAddress {
 public:
  FakeAddress(kj::AsyncIoProvider& io, std::string text, Behaviour behaviour)
      : io_(io), text_(std::move(text)), behaviour_(behaviour) {}
  kj::Promise<kj::Own<kj::AsyncIoStream>> connect() override {
    if (behaviour_ == Behaviour::is_silent) return kj::NEVER_DONE;
    if (behaviour_ == Behaviour::refuses) return KJ_EXCEPTION(FAILED, "refused");
    auto pipe = io_.newTwoWayPipe();
    return kj::mv(pipe.ends[0]);
  }
  kj::Own<kj::ConnectionReceiver> listen() override { KJ_UNIMPLEMENTED("nobody listens here"); }
  kj::Own<kj::NetworkAddress> clone() override { return kj::heap<FakeAddress>(io_, text_, behaviour_); }
  kj::String toString() override { return kj::heapString(text_.c_str()); }

 private:
  kj::AsyncIoProvider& io_;
  std::string text_;
  Behaviour behaviour_;
};

class FakeNetwork final : public kj::Network {
 public:
  FakeNetwork(kj::AsyncIoProvider& io, std::string addresses, std::map<std::string, Behaviour> behaviours)
      : io_(io), addresses_(std::move(addresses)), behaviours_(std::move(behaviours)) {}
  kj::Promise<kj::Own<kj::NetworkAddress>> parseAddress(kj::StringPtr text, kj::uint) override {
    const std::string name = text.cStr();
    const auto found = behaviours_.find(name);
    if (found == behaviours_.end()) {
      return kj::Own<kj::NetworkAddress>(kj::heap<FakeAddress>(io_, addresses_, Behaviour::refuses));
    }
    tried += (tried.empty() ? "" : " ") + name;
    return kj::Own<kj::NetworkAddress>(kj::heap<FakeAddress>(io_, name, found->second));
  }
  kj::Own<kj::NetworkAddress> getSockaddr(const void*, kj::uint) override { KJ_UNIMPLEMENTED("no need"); }
  kj::Own<kj::Network> restrictPeers(kj::ArrayPtr<const kj::StringPtr>,
                                     kj::ArrayPtr<const kj::StringPtr>) override {
    KJ_UNIMPLEMENTED("no need");
  }

  std::string tried;  // addresses, one after the other

 private:
  kj::AsyncIoProvider& io_;
  std::string addresses_;
  std::map<std::string, Behaviour> behaviours_;
};

}  // namespace

TEST_CASE(
    "a host's addresses are tried in turn, and one that is silent doesn't hold up the others for long") {
  auto io = kj::setupAsyncIo();
  FakeNetwork network(*io.provider, "a:1,b:1,c:1,d:1",
                      {{"a:1", Behaviour::is_silent},
                       {"b:1", Behaviour::refuses},
                       {"c:1", Behaviour::answers},
                       {"d:1", Behaviour::answers}});
  connect(network, io.provider->getTimer(), {"host", 1}, 10 * kj::MILLISECONDS).wait(io.waitScope);
  CHECK(network.tried == "a:1 b:1 c:1");
}

TEST_CASE("where none of a host's addresses answers, the reason is the last one's") {
  auto io = kj::setupAsyncIo();
  FakeNetwork network(*io.provider, "a:1,b:1", {{"a:1", Behaviour::is_silent}, {"b:1", Behaviour::refuses}});
  auto connected = connect(network, io.provider->getTimer(), {"host", 1}, 10 * kj::MILLISECONDS);
  CHECK_THROWS_WITH(connected.wait(io.waitScope), Catch::Contains("refused"));
}

TEST_CASE("KJ's text of a name with several addresses has each of them") {
  auto io = kj::setupAsyncIo();
  auto address = io.provider->getNetwork().parseAddress("localhost", 7400).wait(io.waitScope);
  const std::string text = address->toString().cStr();
  CHECK_THAT(text, Catch::Contains("127.0.0.1:7400") || Catch::Contains("[::1]:7400"));
}

}  // namespace tilework::transport
