// Workers that are set aside because their machines can't do the work at present: a full disk, no memory, no
// descriptors. Each is tried again after a pause, which doubles as long as that goes wrong. Part of the
// scheduler.
#pragma once

#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/engine/scheduler/ids.h"

namespace tilework::engine {

class SetAside {
 public:
  struct Entry {
    std::string reason;      // for a person
    Milliseconds until = 0;  // then it is tried again
    Milliseconds pause = 0;
    bool is_over = false;  // it is being tried again
  };

  SetAside(Milliseconds first_pause, Milliseconds longest_pause)
      : first_pause_(first_pause), longest_pause_(longest_pause) {}

  // False if it is set aside already: what goes wrong until then isn't news.
  bool add(WorkerId worker, const std::string& reason, Milliseconds now);
  // It has done some work, has left, or wasn't to blame.
  void forget(WorkerId worker);
  // Those that are to be tried again by now. Each is told once for each time that it was set aside.
  std::vector<WorkerId> take_due(Milliseconds now);
  // While it is set aside.
  const Entry* find(WorkerId worker) const;
  bool empty() const { return entries_.empty(); }

 private:
  const Milliseconds first_pause_;
  const Milliseconds longest_pause_;
  std::unordered_map<WorkerId, Entry> entries_;
  std::set<std::pair<Milliseconds, WorkerId>> due_;
};

}  // namespace tilework::engine
