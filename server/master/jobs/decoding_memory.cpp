#include "server/master/jobs/decoding_memory.h"

#include <utility>

namespace tilework::master {
namespace {

// Rows of any image, and the whole of a small one.
constexpr std::int64_t usual_bytes = 8 << 20;

}  // namespace

kj::Promise<DecodingMemory::Held> DecodingMemory::take(std::uint64_t client, std::int64_t bytes) {
  if (bytes <= usual_bytes) return Held();
  const auto demand = ++last_;
  budget_.asked(demand, client, static_cast<std::uint64_t>(bytes));
  Held held(this, [demand](DecodingMemory* memory) { memory->ended(demand); });
  auto pair = kj::newPromiseAndFulfiller<void>();
  waiting_[demand] = kj::mv(pair.fulfiller);
  admit();
  return pair.promise.then([held = std::move(held)] { return held; });
}

void DecodingMemory::ended(engine::MemoryBudget::DemandId demand) {
  waiting_.erase(demand);
  budget_.ended(demand);
  admit();
}

void DecodingMemory::admit() {
  for (const auto demand : budget_.admit()) waiting_.extract(demand).mapped()->fulfill();
}

}  // namespace tilework::master
