// Whose turn it is. Free slots go to the client that has the least in flight, and there to the job that has
// the least; among equals, to the one that has waited longest. So a small job gets its share at once, however
// huge the others are, and a client gets no more by cutting its work into many jobs. Part of the scheduler.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "server/engine/scheduler/ids.h"

namespace tilework::engine {

class Turns {
 public:
  void add(JobId job, ClientId client, bool is_quick = false);
  void remove(JobId job);

  // Whether the job has a segment to hand out. At first it has none.
  void set_ready(JobId job, bool ready);
  // An attempt of the job was handed out, or has ended.
  void started(JobId job);
  void ended(JobId job);

  // Of the ready jobs; none if none is ready.
  std::optional<JobId> next() const;
  // The same of the quick ones alone, whosesoever they are.
  std::optional<JobId> next_quick() const;

 private:
  struct Rank {  // less is served sooner
    std::size_t in_flight = 0;
    std::uint64_t served = 0;  // the turn it had last
    std::uint64_t id = 0;
    auto operator<=>(const Rank&) const = default;
  };
  struct Job {
    ClientId client;
    Rank rank;
    bool is_quick;
    bool ready = false;
  };
  struct Client {
    Rank rank;
    std::size_t jobs = 0;
    std::set<Rank> ready;
  };

  template <typename Change>
  void change(Job& job, Change&& change);

  std::unordered_map<JobId, Job> jobs_;
  std::unordered_map<ClientId, Client> clients_;
  std::set<Rank> ready_;  // clients with a ready job
  std::set<Rank> quick_;  // ready jobs
  std::uint64_t turn_ = 0;
};

}  // namespace tilework::engine
