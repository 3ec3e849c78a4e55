// Whom a filter host serves. Plugins are strangers to each other's users: a host, and the memory that it has
// mapped, belongs to one tenant's work with one set of libraries from its first lease to its end. On the
// event loop's thread.
#pragma once

#include <compare>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <kj/memory.h>

#include "schema/wire/stage.h"
#include "server/host/memory/slab.h"

namespace tilework::host {

struct HostKey {
  std::string tenant;
  std::vector<std::string> digests;  // of all that a host loads, in order

  auto operator<=>(const HostKey&) const = default;
};

HostKey key_of(std::string tenant, const std::vector<wire::BoundCall>& calls);

// What goes on when the work of now is done: nothing, as after a large job, or more of the same, as after a
// client's small image or a preview's view.
enum class Stay { for_this_work, for_more };

struct HostGroup {
  // The memory outlives it.
  HostGroup(HostKey what, Stay how_long, SlabPool& memory);

  const HostKey key;
  const Stay stay;
  // That keep its hosts from being ended for others.
  unsigned users = 0;
  // For what its hosts read, and for what they write.
  SlabPool inputs;
  SlabPool outputs;
};

// Keeps the group in use.
kj::Own<void> use(std::shared_ptr<HostGroup> group);

class HostGroups {
 public:
  // Groups take memory from there, and it is back when they have gone.
  explicit HostGroups(SlabPool& memory) : memory_(memory) {}

  // The group with that key: the same as long as somebody has it and, if more is to come, a while longer.
  std::shared_ptr<HostGroup> get(HostKey key, Stay stay);

 private:
  void keep(const std::shared_ptr<HostGroup>& group);

  SlabPool& memory_;
  std::map<HostKey, std::weak_ptr<HostGroup>> known_;
  std::deque<std::shared_ptr<HostGroup>> kept_;  // the last was asked for last
};

}  // namespace tilework::host
