// Somebody who speaks to a master as clients and workers do, by the library, and says what he likes. One
// thread.
#pragma once

#include <cstring>
#include <functional>
#include <string>

#include <kj/async-io.h>

#include "schema/master.capnp.h"
#include "schema/transport/connection.h"

namespace tilework::test {

class RpcPeer {
 public:
  explicit RpcPeer(const std::string& master);

  rpc::Master::Client master() { return connection_->bootstrap().castAs<rpc::Master>(); }
  // Signed in as a client, by this name.
  rpc::ClientSession::Client session(const std::string& name = "hostile");
  // An image's file, uploaded.
  rpc::Image::Client image(rpc::ClientSession::Client session, const std::string& bytes);

  kj::WaitScope& scope() { return io_.waitScope; }
  kj::Timer& timer() { return io_.provider->getTimer(); }

 private:
  kj::AsyncIoContext io_;
  kj::Own<transport::Connection> connection_;
};

// What a call is refused with, also where the connection was ended for it; "it worked" when it isn't, "no
// answer" after 10 s without one, and "the connection is closed" where it has ended without a word.
template <class Promise>
std::string refusal_of(RpcPeer& peer, Promise promise) {
  return peer.timer()
      .timeoutAfter(10 * kj::SECONDS, kj::mv(promise))
      .then([](auto&&) { return std::string("it worked"); },
            [](kj::Exception&& error) {
              if (error.getDescription().startsWith("remote exception")) {
                return std::string(error.getDescription().cStr());
              }
              const bool late = error.getType() == kj::Exception::Type::OVERLOADED &&
                                error.getDescription() == "operation timed out"_kj;
              const bool gone = error.getType() == kj::Exception::Type::DISCONNECTED ||
                                std::strstr(error.getDescription().cStr(), "writev") != nullptr;
              if (gone) return std::string("the connection is closed");
              return late ? std::string("no answer") : std::string(error.getDescription().cStr());
            })
      .wait(peer.scope());
}

}  // namespace tilework::test
