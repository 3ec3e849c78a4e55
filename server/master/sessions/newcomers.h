// Connections that haven't signed in as a client's, a worker's or an administrator's. Whoever reaches the
// port can make one, so they are few, and have a short time: they can neither take all descriptors nor keep
// others out. On the event loop's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include <kj/async.h>
#include <kj/timer.h>

#include "schema/transport/budget.h"
#include "server/master/sessions/seldom.h"

namespace tilework::master {

class Newcomers {
 public:
  class Visit;

  // `at_once` is at least 1. The timer outlives this object, and this object all visits.
  Newcomers(kj::Timer& timer, unsigned at_once, std::chrono::milliseconds patience);
  KJ_DISALLOW_COPY(Newcomers);

  // A connection from `host`, an address, that was accepted. Where they are too many, the one goes that has
  // waited for longest, of the networks that have most of them: a stranger is in nobody's way but his own,
  // however many addresses he has. The newest never goes, so who signs in at once gets in.
  std::shared_ptr<Visit> admit(std::string host);

  // One of them goes, for its descriptor. False where there is none.
  bool make_room(const char* reason);

  std::size_t count() const { return waiting_.size(); }

 private:
  void turn_away(Visit& visit, const std::string& reason);

  kj::Timer& timer_;
  std::size_t at_once_;
  std::chrono::milliseconds patience_;
  std::map<std::uint64_t, Visit*> waiting_;  // those that came first are first
  std::uint64_t last_ = 0;
  Seldom seldom_;
};

// What one connection is to the master, for as long as it is open.
class Newcomers::Visit : public std::enable_shared_from_this<Visit> {
 public:
  // By admit().
  Visit(Newcomers& newcomers, std::string host);
  ~Visit() noexcept;
  KJ_DISALLOW_COPY(Visit);

  // It is signed in while the returned object lives, with that budget, and a newcomer again after it. If the
  // connection ends before, `leave` lets go of all capabilities that the peer has given: they may be this
  // master's own, and what holds them would keep itself alive. For one that isn't signed in.
  kj::Own<void> sign_in(const transport::Budget& budget, std::function<void()> leave);
  bool is_signed_in() const { return leave_ != nullptr; }

  // The connection has ended.
  void end();

  // The connection's, as it is now.
  std::shared_ptr<const transport::Budget> budget() const { return budget_; }

  // Answers when the connection has to be closed. Called once.
  kj::Promise<void> turned_away() { return kj::mv(turned_away_.promise); }

 private:
  friend class Newcomers;
  void wait();
  void stop_waiting();

  Newcomers& newcomers_;
  const std::string host_;
  const std::string network_;    // that the host is in
  std::uint64_t number_ = 0;     // among those that wait; 0 when it doesn't
  std::function<void()> leave_;  // null: it isn't signed in
  std::shared_ptr<transport::Budget> budget_ =
      std::make_shared<transport::Budget>(transport::newcomer_budget);
  kj::PromiseFulfillerPair<void> turned_away_ = kj::newPromiseAndFulfiller<void>();
  kj::Maybe<kj::Promise<void>> patience_;
};

}  // namespace tilework::master
