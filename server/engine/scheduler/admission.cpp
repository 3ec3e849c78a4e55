#include "server/engine/scheduler/admission.h"

namespace tilework::engine {

void Admission::submitted(JobId job, ClientId client, JobSize size) {
  if (jobs_.try_emplace(job, Job{client, size}).second) places(size).wait(job, client);
}

void Admission::grew(JobId id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return;
  Job& job = found->second;
  if (job.size == JobSize::large || !job.runs) return;
  small_.leave(id, job.client, true);
  job = {job.client, JobSize::large};
  large_.wait(id, job.client);
}

void Admission::ended(JobId id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return;
  const Job& job = found->second;
  places(job.size).leave(id, job.client, job.runs);
  jobs_.erase(found);
}

std::vector<JobId> Admission::admit() {
  std::vector<JobId> admitted;
  small_.admit(admitted);
  large_.admit(admitted);
  for (const JobId job : admitted) jobs_.at(job).runs = true;
  return admitted;
}

// --- Places.

// Ranks are keys of a set, so a client is taken out of it while it changes.
template <typename Change>
void Admission::Places::change(Client& client, Change&& change) {
  if (!client.waiting.empty()) waiting_.erase(client.rank);
  running_ -= client.rank.running;
  clients_running_ -= client.rank.running > 0 ? 1 : 0;
  change(client);
  running_ += client.rank.running;
  clients_running_ += client.rank.running > 0 ? 1 : 0;
  if (!client.waiting.empty()) waiting_.insert(client.rank);
}

// The newest client comes last among equals, or a stream of new ones would keep the old ones waiting.
void Admission::Places::wait(JobId job, ClientId id) {
  const auto [entry, is_new] = clients_.try_emplace(id, Client{{0, turn_ + 1, id}});
  if (is_new) ++turn_;
  change(entry->second, [&](Client& client) { client.waiting.insert(job); });
}

// Who had a place until now comes after those who have waited without one.
void Admission::Places::leave(JobId job, ClientId id, bool was_running) {
  const auto found = clients_.find(id);
  change(found->second, [&](Client& client) {
    if (was_running) {
      if (--client.rank.running == 0) client.rank.served = ++turn_;
    } else {
      client.waiting.erase(job);
    }
  });
  if (found->second.rank.running == 0 && found->second.waiting.empty()) clients_.erase(found);
}

// Ranks begin with what a client has running. So where the first that waits has no place, nobody has: there
// are at least as many jobs as clients.
void Admission::Places::admit(std::vector<JobId>& admitted) {
  while (!waiting_.empty() && has_place_for(*waiting_.begin())) {
    change(clients_.at(waiting_.begin()->id), [&](Client& client) {
      admitted.push_back(client.waiting.extract(client.waiting.begin()).value());
      ++client.rank.running;
      client.rank.served = ++turn_;
    });
  }
}

bool Admission::Places::has_place_for(const Rank& rank) const {
  return (rank.running == 0 ? clients_running_ : running_) < places_;
}

}  // namespace tilework::engine
