// The memory of finished stats: what jobs and previews hold of them for the passes to come. Whoever would
// hold too much is refused, for to wait with some in hand would be to wait for each other. On the event
// loop's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace tilework::master {

class StatsMemory {
 public:
  // In bytes; of a client, as much as one recipe may have.
  static constexpr std::uint64_t most_of_client = 128 << 20;
  static constexpr std::uint64_t most_of_all = 256 << 20;

  StatsMemory() = default;
  StatsMemory(const StatsMemory&) = delete;  // what is held refers to it
  StatsMemory& operator=(const StatsMemory&) = delete;

  // Free again when this goes, which is before the memory itself does.
  using Held = std::shared_ptr<void>;

  // For the next stats of a recipe, which has `before` already. Throws tilework::Error where that is too
  // much: for a recipe, for the client or for all.
  Held take(std::uint64_t client, const std::vector<std::vector<std::byte>>& before, std::size_t bytes);

 private:
  void give_back(std::uint64_t client, std::size_t bytes);

  std::uint64_t all_ = 0;
  std::map<std::uint64_t, std::uint64_t> of_clients_;  // that hold some
};

}  // namespace tilework::master
