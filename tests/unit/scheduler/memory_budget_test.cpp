// Who gets memory: by example, and at random against a plain model of the promises in memory_budget.h.
#include "server/engine/scheduler/memory_budget.h"

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

namespace tilework::engine {
namespace {

using Demands = std::vector<MemoryBudget::DemandId>;

TEST_CASE("memory is given as long as there is some, and then when it comes free", "[memory]") {
  MemoryBudget memory(100);
  memory.asked(1, 1, 60);
  memory.asked(2, 1, 40);
  memory.asked(3, 1, 30);
  CHECK(memory.admit() == Demands{1, 2});
  CHECK(memory.held() == 100);
  memory.ended(2);
  CHECK(memory.admit() == Demands{3});
  CHECK(memory.held() == 90);
}

TEST_CASE("a demand larger than all memory is met alone", "[memory]") {
  MemoryBudget memory(100);
  memory.asked(1, 1, 10);
  memory.asked(2, 1, 1'000);
  memory.asked(3, 1, 10);
  CHECK(memory.admit() == Demands{1});
  memory.ended(1);
  CHECK(memory.admit() == Demands{2});
  memory.ended(2);
  CHECK(memory.admit() == Demands{3});
}

TEST_CASE("a large demand isn't overtaken by small ones for ever", "[memory]") {
  MemoryBudget memory(100);
  memory.asked(1, 1, 50);
  memory.asked(2, 1, 50);
  REQUIRE(memory.admit() == Demands{1, 2});
  memory.asked(3, 2, 90);
  memory.asked(4, 3, 10);
  memory.ended(1);
  CHECK(memory.admit().empty());
  memory.ended(2);
  CHECK(memory.admit() == Demands{3, 4});
}

TEST_CASE("who holds less comes first, however much another asks for", "[memory]") {
  MemoryBudget memory(100);
  for (MemoryBudget::DemandId demand = 1; demand <= 10; ++demand) memory.asked(demand, 1, 50);
  REQUIRE(memory.admit() == Demands{1, 2});
  memory.asked(11, 2, 50);
  memory.ended(1);
  CHECK(memory.admit() == Demands{11});
  memory.ended(2);
  CHECK(memory.admit() == Demands{3});
}

TEST_CASE("whoever gives up waiting makes room in the queue, and unknown ends change nothing", "[memory]") {
  MemoryBudget memory(100);
  memory.asked(1, 1, 80);
  memory.asked(2, 2, 80);
  memory.asked(3, 3, 20);
  REQUIRE(memory.admit() == Demands{1});
  memory.ended(2);
  memory.ended(17);
  CHECK(memory.admit() == Demands{3});
}

TEST_CASE("at random, no more is held than there is, and all are met in the end", "[memory]") {
  std::mt19937 random(GENERATE(range(1u, 21u)));
  const auto pick = [&](unsigned below) { return random() % below; };
  MemoryBudget memory(1'000);
  std::map<MemoryBudget::DemandId, std::uint64_t> waiting, held;
  std::uint64_t sum = 0;
  MemoryBudget::DemandId last = 0;
  const auto admit = [&] {
    for (const auto demand : memory.admit()) {
      REQUIRE(waiting.contains(demand));
      sum += waiting.at(demand);
      held.insert(waiting.extract(demand));
    }
    REQUIRE(memory.held() == sum);
    REQUIRE((sum <= 1'000 || held.size() == 1));
    REQUIRE((waiting.empty() || !held.empty()));
  };
  const auto end_one = [&] {
    auto& from = held.empty() || (pick(4) == 0 && !waiting.empty()) ? waiting : held;
    if (from.empty()) return;
    const auto gone = std::next(from.begin(), pick(static_cast<unsigned>(from.size())));
    if (&from == &held) sum -= gone->second;
    memory.ended(gone->first);
    from.erase(gone);
  };
  for (int step = 0; step < 2'000; ++step) {
    if (pick(2) == 0) {
      const std::uint64_t bytes = 1 + pick(pick(10) == 0 ? 2'000 : 400);
      memory.asked(++last, pick(5), bytes);
      waiting[last] = bytes;
    } else {
      end_one();
    }
    admit();
  }
  while (!held.empty()) {
    sum -= held.begin()->second;
    memory.ended(held.begin()->first);
    held.erase(held.begin());
    admit();
  }
  CHECK(waiting.empty());
}

}  // namespace
}  // namespace tilework::engine
