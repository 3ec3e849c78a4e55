// Who of those that need much memory at once has it, and who waits. A pure state machine: events in,
// decisions out, no clock. One thread at a time.
//
// The promises:
//
// - What is held is never more than the total, but for one demand that is larger than it, which is met alone.
// - Whoever waits is met: the next in turn keeps what comes free, and nobody overtakes it.
// - It is the turn of the client that holds least, and among equals of who has waited longest. A client's own
//   demands are met in the order in which they were made.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "server/engine/scheduler/ids.h"

namespace tilework::engine {

class MemoryBudget {
 public:
  using DemandId = std::uint64_t;

  explicit MemoryBudget(std::uint64_t total) : total_(total) {}

  // It waits from now on. Ids are used once, and later ones are greater.
  void asked(DemandId demand, ClientId client, std::uint64_t bytes);
  // It holds nothing any more, or gave up waiting. Unknown ones are ignored.
  void ended(DemandId demand);

  // Those that are met from now on. Call after events.
  std::vector<DemandId> admit();

  std::uint64_t held() const { return held_; }

 private:
  struct Demand {
    ClientId client;
    std::uint64_t bytes;
    bool is_met = false;
  };
  using Demands = std::map<DemandId, Demand>;

  Demands::iterator next();
  std::uint64_t held_by(ClientId client) const;

  std::uint64_t total_;
  std::uint64_t held_ = 0;
  Demands demands_;
  std::map<ClientId, std::uint64_t> held_by_;  // of those that hold something
};

}  // namespace tilework::engine
