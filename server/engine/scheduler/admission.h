// Which jobs run, and which wait. A pure state machine: events in, decisions out, no clock. One thread at a
// time.
//
// A job is small or large, and either kind has places of its own; what follows holds for each of them by
// itself. With `n` places of a kind, a client's only job of the kind runs while fewer than `n` clients have
// one running, and a further job of a client runs while fewer than `n` jobs run in all. So one client alone
// has all the places, and those who come then needn't wait for it. The promises:
//
// - A job never waits for one of the other kind: a small one never waits for a large one, whosesoever it is.
// - At most `n` clients have jobs running, and at most 2n-1 jobs run. While fewer than `n` run, nobody waits.
// - A client that has nothing running waits only while `n` other clients have, and never for the second job
//   of anyone: who has something running gets more when nobody waits that has nothing.
// - Nobody starves: a free place goes to the client that has the least running, and among equals to the one
//   that has waited longest: since it last got a place or, having none, since it lost its last. A client's
//   own jobs run in the order in which they were submitted.
//
// That bounds a master's memory. A large job holds its decoder (MasterOptions::limits.image.decoder_bytes at
// worst), its encoder's rows, and MasterOptions::bytes_in_flight of pixels; a small one a file of a few
// megabytes and one tile each way. A job that waits holds no pixels and no thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "server/engine/scheduler/ids.h"

namespace tilework::engine {

enum class JobSize { small, large };

struct AdmissionOptions {
  std::size_t small_places = 4;
  std::size_t large_places = 4;
};

class Admission {
 public:
  explicit Admission(AdmissionOptions options) : small_(options.small_places), large_(options.large_places) {}

  // It waits from now on. A job's id is used once, and later ones are greater.
  void submitted(JobId job, ClientId client, JobSize size);
  // A job that runs as a small one is large: its place is free, and it waits among its client's large ones.
  // Other jobs don't change.
  void grew(JobId job);
  // It needs no place any more, or gave up waiting. Unknown ones are ignored.
  void ended(JobId job);

  // Those that run from now on. Call after events.
  std::vector<JobId> admit();

  std::size_t running(JobSize size) const {
    return size == JobSize::small ? small_.running() : large_.running();
  }

 private:
  // The places of one kind.
  class Places {
   public:
    explicit Places(std::size_t places) : places_(places) {}

    void wait(JobId job, ClientId client);
    void leave(JobId job, ClientId client, bool was_running);
    // Notes those that get a place, in `admitted`.
    void admit(std::vector<JobId>& admitted);
    std::size_t running() const { return running_; }

   private:
    struct Rank {  // less is served sooner
      std::size_t running = 0;
      std::uint64_t served = 0;  // the turn when it last got a place, or lost its last one
      ClientId id = 0;
      auto operator<=>(const Rank&) const = default;
    };
    struct Client {
      Rank rank;
      std::set<JobId> waiting{};
    };

    bool has_place_for(const Rank& rank) const;
    template <typename Change>
    void change(Client& client, Change&& change);

    const std::size_t places_;
    std::size_t running_ = 0;          // jobs
    std::size_t clients_running_ = 0;  // with at least one job
    std::uint64_t turn_ = 0;
    std::map<ClientId, Client> clients_;  // that have jobs
    std::set<Rank> waiting_;              // clients with waiting jobs
  };
  struct Job {
    ClientId client;
    JobSize size;
    bool runs = false;
  };

  Places& places(JobSize size) { return size == JobSize::small ? small_ : large_; }

  std::map<JobId, Job> jobs_;
  Places small_, large_;
};

}  // namespace tilework::engine
