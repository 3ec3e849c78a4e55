// The memory of all decoders of a master together, as engine::MemoryBudget gives it to jobs and previews. On
// the event loop's thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include <kj/async.h>
#include <kj/memory.h>

#include "server/engine/scheduler/memory_budget.h"

namespace tilework::master {

class DecodingMemory {
 public:
  explicit DecodingMemory(std::uint64_t total) : budget_(total) {}
  KJ_DISALLOW_COPY(DecodingMemory);

  // The memory is free again when this goes, which is on the event loop's thread.
  using Held = std::shared_ptr<void>;

  // For one client.
  struct Share {
    kj::Promise<Held> take(std::int64_t bytes) const { return memory->take(client, bytes); }
    DecodingMemory* memory;
    std::uint64_t client;
  };
  Share of(std::uint64_t client) { return {this, client}; }

  // Answers when the client's decoder may take so much, until what is answered with goes. Dropping the
  // promise leaves the queue. What most decoders need isn't worth counting, and is given at once.
  kj::Promise<Held> take(std::uint64_t client, std::int64_t bytes);

 private:
  void ended(engine::MemoryBudget::DemandId demand);
  void admit();

  engine::MemoryBudget budget_;
  engine::MemoryBudget::DemandId last_ = 0;
  std::map<engine::MemoryBudget::DemandId, kj::Own<kj::PromiseFulfiller<void>>> waiting_;
};

}  // namespace tilework::master
