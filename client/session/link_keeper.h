// Keeps a session's link to one master of its list, and finds the next one when that is lost. On the RPC
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <kj/async-io.h>

#include "client/session/connect.h"
#include "client/session/link.h"
#include "client/session/session.h"
#include "schema/model/client.h"
#include "schema/model/error.h"
#include "schema/transport/endpoint.h"

namespace tilework::client {

class LinkKeeper final : private kj::TaskSet::ErrorHandler {
 public:
  // The provider and the options outlive the keeper.
  LinkKeeper(kj::AsyncIoProvider& io, std::vector<transport::Endpoint> masters, const SessionOptions& options)
      : io_(io),
        masters_(std::move(masters)),
        options_(options),
        client_(this_client(options.name)),
        watching_(*this) {}
  KJ_DISALLOW_COPY(LinkKeeper);

  // The link that there is, or a new one: to the first master that answers, in the list's order, beginning
  // after the one that was lost. Fails with Fault::unreachable in KJ's clothes when the patience is at its
  // end, and with the master's reason for ever after it has ended the session.
  kj::Promise<std::shared_ptr<Link>> link();

  // For a caller who found that a link is lost: link() makes another.
  void forget(const Link& lost);

 private:
  struct Loss {
    std::string master;
    std::string why;
  };

  static ClientInfo this_client(const std::string& program);
  kj::Promise<std::shared_ptr<Link>> find(kj::TimePoint begin);
  kj::Promise<std::shared_ptr<Link>> look_again(kj::TimePoint begin, kj::Exception&& last_round);
  std::vector<transport::Endpoint> in_turn() const;
  Error out_of_patience(const Error& last_round) const;
  void taskFailed(kj::Exception&&) override {}  // told to whoever waits for the link

  kj::AsyncIoProvider& io_;
  std::vector<transport::Endpoint> masters_;
  const SessionOptions& options_;
  const ClientInfo client_;
  std::size_t first_ = 0;  // of masters_, at the next search
  // Set after a lost link, until no master was found for it: what makes a search patient.
  std::optional<Loss> loss_;
  std::optional<Error> ended_;  // set when a master has ended the session of its own will
  kj::Maybe<kj::ForkedPromise<std::shared_ptr<Link>>> link_;  // null before the first and after a lost one
  std::uint64_t number_ = 0;  // of the newest search, and of the link that it finds
  kj::TaskSet watching_;      // last: it uses the others
};

}  // namespace tilework::client
