#include "server/engine/scheduler/turns.h"

namespace tilework::engine {

// Ranks are keys of sets, so a job and its client are taken out of them while they change.
template <typename Change>
void Turns::change(Job& job, Change&& change) {
  Client& client = clients_.at(job.client);
  if (!client.ready.empty()) ready_.erase(client.rank);
  if (job.ready) client.ready.erase(job.rank);
  if (job.ready && job.is_quick) quick_.erase(job.rank);
  change(job, client);
  if (job.ready) client.ready.insert(job.rank);
  if (job.ready && job.is_quick) quick_.insert(job.rank);
  if (!client.ready.empty()) ready_.insert(client.rank);
}

// The newest comes last among equals, or a stream of new jobs would keep the old ones waiting.
void Turns::add(JobId job, ClientId client, bool is_quick) {
  if (!jobs_.try_emplace(job, Job{client, {0, ++turn_, job}, is_quick}).second) return;
  const auto [entry, is_new] = clients_.try_emplace(client);
  if (is_new) entry->second.rank = {0, turn_, client};
  ++entry->second.jobs;
}

void Turns::remove(JobId id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return;
  change(found->second, [](Job& job, Client& client) {
    client.rank.in_flight -= job.rank.in_flight;
    --client.jobs;
    job.ready = false;
  });
  const auto client = clients_.find(found->second.client);
  if (client->second.jobs == 0) clients_.erase(client);
  jobs_.erase(found);
}

void Turns::set_ready(JobId id, bool ready) {
  Job& job = jobs_.at(id);
  if (job.ready == ready) return;
  change(job, [&](Job& changed, Client&) { changed.ready = ready; });
}

void Turns::started(JobId id) {
  ++turn_;
  change(jobs_.at(id), [&](Job& job, Client& client) {
    for (Rank* rank : {&job.rank, &client.rank}) {
      ++rank->in_flight;
      rank->served = turn_;
    }
  });
}

void Turns::ended(JobId id) {
  change(jobs_.at(id), [](Job& job, Client& client) {
    --job.rank.in_flight;
    --client.rank.in_flight;
  });
}

std::optional<JobId> Turns::next() const {
  if (ready_.empty()) return std::nullopt;
  return clients_.at(ready_.begin()->id).ready.begin()->id;
}

std::optional<JobId> Turns::next_quick() const {
  if (quick_.empty()) return std::nullopt;
  return quick_.begin()->id;
}

}  // namespace tilework::engine
