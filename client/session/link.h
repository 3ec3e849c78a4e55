// A connection to a master with a session opened on it, and the watch that notices when the master is gone,
// frozen or out of reach. On the RPC thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <kj/async-io.h>
#include <kj/timer.h>

#include "schema/master.capnp.h"
#include "schema/model/client.h"
#include "schema/model/error.h"
#include "schema/transport/connection.h"
#include "schema/transport/endpoint.h"
#include "schema/transport/line.h"

namespace tilework::client {

// True of what fails because the connection is gone, and might be done on another.
bool is_loss(const kj::Exception& exception);

class Link {
 public:
  Link(transport::Endpoint master, kj::Own<kj::AsyncIoStream> stream);
  KJ_DISALLOW_COPY(Link);

  // Opens the session. Called once; the link outlives the promise.
  kj::Promise<void> open(const ClientInfo& client);

  // Asks for a sign of life at each `interval`, and gives the link up when none has come for `deadline`.
  // Called once, when the session is open. The timer outlives the link.
  void watch(kj::Timer& timer, std::chrono::milliseconds interval, std::chrono::milliseconds deadline);

  std::uint64_t number = 0;  // of a session's links; given by their keeper, and grows

  const transport::Endpoint& master() const { return master_; }
  rpc::ClientSession::Client& session() { return session_; }

  // Answers when the link is lost, which includes given up, or when the master has ended the session. Watched
  // links alone.
  kj::Promise<void> lost() { return KJ_ASSERT_NONNULL(lost_).addBranch(); }
  // In words for the user; of a link that is lost.
  const std::string& why_lost() const { return why_lost_; }
  // Set when the master has ended the session of its own will: nobody comes back after that.
  const std::optional<Error>& ended() const { return ended_; }

  // The same promise; it fails as on a lost connection as soon as the link is given up.
  template <class Value>
  kj::Promise<Value> unless_lost(kj::Promise<Value> promise) {
    return promise.exclusiveJoin(lost().then([this]() -> Value { fail(); }));
  }

  // What a failed call means to the user, when nothing more is tried.
  Error explain(const kj::Exception& exception) const;

 private:
  struct Watch;

  [[noreturn]] void fail() const;

  transport::Endpoint master_;
  transport::Line line_;  // the connection's
  transport::Connection connection_;
  rpc::ClientSession::Client session_ = nullptr;        // goes before its connection
  std::string why_lost_ = "the connection was closed";  // calls fail before the watch knows
  std::optional<Error> ended_;
  kj::Maybe<kj::ForkedPromise<void>> lost_;  // first to go: it uses the others
};

}  // namespace tilework::client
