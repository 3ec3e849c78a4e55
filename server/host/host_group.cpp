#include "server/host/host_group.h"

#include <algorithm>
#include <utility>

#include <kj/common.h>

namespace tilework::host {
namespace {

// Kept for the next segments, and for their tiles.
constexpr std::size_t idle_bytes = 64 << 20;

// Groups that wait for more to come.
constexpr std::size_t most_kept = 8;

}  // namespace

HostKey key_of(std::string tenant, const std::vector<wire::BoundCall>& calls) {
  HostKey key{std::move(tenant), {}};
  for (const auto& call : calls) key.digests.push_back(call.digest);
  std::ranges::sort(key.digests);
  key.digests.erase(std::unique(key.digests.begin(), key.digests.end()), key.digests.end());
  return key;
}

HostGroup::HostGroup(HostKey what, Stay how_long, SlabPool& memory)
    : key(std::move(what)), stay(how_long), inputs(idle_bytes, memory), outputs(idle_bytes, memory) {}

kj::Own<void> use(std::shared_ptr<HostGroup> group) {
  ++group->users;
  return kj::heap(kj::defer([group = std::move(group)] { --group->users; }));
}

std::shared_ptr<HostGroup> HostGroups::get(HostKey key, Stay stay) {
  const auto found = known_.find(key);
  auto group = found == known_.end() ? nullptr : found->second.lock();
  if (group == nullptr) {
    std::erase_if(known_, [](const auto& entry) { return entry.second.expired(); });
    group = std::make_shared<HostGroup>(key, stay, memory_);
    known_.insert_or_assign(std::move(key), group);
  }
  if (stay == Stay::for_more) keep(group);
  return group;
}

void HostGroups::keep(const std::shared_ptr<HostGroup>& group) {
  std::erase(kept_, group);
  kept_.push_back(group);
  if (kept_.size() > most_kept) kept_.pop_front();
}

}  // namespace tilework::host
