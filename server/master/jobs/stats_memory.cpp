#include "server/master/jobs/stats_memory.h"

#include <string>

#include "schema/model/error.h"
#include "server/engine/bound_filter.h"

namespace tilework::master {
namespace {

std::string mebibytes(std::uint64_t bytes) {
  return std::to_string(bytes >> 20) + " MiB";
}

}  // namespace

StatsMemory::Held StatsMemory::take(std::uint64_t client, const std::vector<std::vector<std::byte>>& before,
                                    std::size_t bytes) {
  std::uint64_t recipe = bytes;
  for (const auto& stats : before) recipe += stats.size();
  if (recipe > engine::most_stats) {
    throw Error(Fault::failed, "the recipe's filters have stats of more than " +
                                   mebibytes(engine::most_stats) + " together");
  }
  const auto known = of_clients_.find(client);
  if ((known == of_clients_.end() ? 0 : known->second) + bytes > most_of_client) {
    throw Error(Fault::failed, "a client's jobs and previews may hold " + mebibytes(most_of_client) +
                                   " of filters' stats at a time; try again when some have ended");
  }
  if (all_ + bytes > most_of_all) {
    throw Error(Fault::failed, "jobs and previews hold the " + mebibytes(most_of_all) +
                                   " that this master has for filters' stats; try again later");
  }
  all_ += bytes;
  of_clients_[client] += bytes;
  return {nullptr, [this, client, bytes](void*) { give_back(client, bytes); }};
}

void StatsMemory::give_back(std::uint64_t client, std::size_t bytes) {
  all_ -= bytes;
  const auto found = of_clients_.find(client);
  found->second -= bytes;
  if (found->second == 0) of_clients_.erase(found);
}

}  // namespace tilework::master
