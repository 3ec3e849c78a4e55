// How a worker leaves its masters: it says so itself where it is asked to stop, and another process does in
// its place where it crashes. On the event loop's thread.
#pragma once

#include <map>
#include <string>

#include <kj/async.h>

#include "schema/master.capnp.h"

namespace tilework::worker {

class Departure {
 public:
  // From now on, `master` (an endpoint's text) is told of the worker's end.
  void joined(const std::string& master, rpc::Membership::Client membership,
              kj::ArrayPtr<const kj::byte> farewell_key);
  void lost(const std::string& master);

  // Tells all masters, and answers when they have heard it; one that is gone may never do. Nothing is joined
  // any more after that.
  kj::Promise<void> leave(const std::string& how);
  bool is_leaving() const { return is_leaving_; }

 private:
  struct Joined {
    rpc::Membership::Client membership;
    std::string key;  // hexadecimal
  };

  void prepare_for_crash() const;

  std::map<std::string, Joined> joined_;  // by the master's endpoint
  bool is_leaving_ = false;
};

}  // namespace tilework::worker
