// Counts what a peer has under way, from the messages of Cap'n Proto's RPC protocol (capnp/rpc.capnp) as they
// pass, and says when that is more than its budget. One thread.
//
// Besides, it allows no more of the protocol than is in use here: calls, their answers and ends, and releases
// of capabilities. Nobody passes promised capabilities, so nothing is ever resolved or embargoed; what else
// there is belongs to three parties.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include <capnp/rpc.capnp.h>

#include "schema/transport/budget.h"

namespace tilework::transport {

class Account {
 public:
  // The budget may change while the account is in use.
  explicit Account(std::shared_ptr<const Budget> budget) : budget_(std::move(budget)) {}

  // A message was read. Throws tilework::Error, with the reason, when the connection has to end.
  void came(capnp::rpc::Message::Reader message);
  // A message begins to be written; the one before has been written.
  void goes(capnp::rpc::Message::Reader message);

  std::size_t calls() const { return theirs_.size(); }
  std::size_t held() const { return held_.size(); }
  std::size_t lent() const { return lent_.size(); }

 private:
  using Number = std::uint32_t;
  using Numbers = std::vector<Number>;  // of capabilities that were passed; one may come twice

  // Capabilities that one side has of the other. One that is passed again while it is there is the same: each
  // passing has to be given back, but costs nothing more.
  class Passed {
   public:
    void add(const Numbers& numbers);
    void take(const Numbers& numbers);
    void take(Number number, std::uint64_t count);
    std::size_t size() const { return times_.size(); }

   private:
    std::unordered_map<Number, std::uint64_t> times_;
  };

  struct Their {  // call of the peer's
    bool answered = false;
    bool finished = false;
    bool releases = false;  // what the answer lends
    Numbers lent{};         // by the answer
  };
  struct Our {  // call to the peer
    bool answered = false;
    bool finished = false;
    bool releases = false;  // what the answer gives us to hold
    Numbers held{};         // by the answer
    Numbers lent{};         // by the call
  };

  static Numbers hosted(capnp::List<capnp::rpc::CapDescriptor>::Reader table);
  static Numbers received(capnp::List<capnp::rpc::CapDescriptor>::Reader table);
  void asked(Number number);
  void came(capnp::rpc::Call::Reader call);
  void came(capnp::rpc::Return::Reader answer);
  void came(capnp::rpc::Finish::Reader finish);
  void goes(capnp::rpc::Call::Reader call);
  void goes(capnp::rpc::Return::Reader answer);
  void goes(capnp::rpc::Finish::Reader finish);
  void hold(const Numbers& capabilities);

  std::shared_ptr<const Budget> budget_;
  std::unordered_map<Number, Their> theirs_;
  std::unordered_map<Number, Our> ours_;
  Passed held_;
  Passed lent_;
};

}  // namespace tilework::transport
