// The dispatcher's workers, as clients and administrators see and steer them.
#include <algorithm>
#include <map>
#include <string>

#include "schema/model/clean_text.h"
#include "schema/model/error.h"
#include "schema/wire/worker.h"
#include "server/logging/log.h"
#include "server/master/dispatch/dispatcher.h"

namespace tilework::master {
namespace {

// Workers send a heartbeat each second. Two that are missing are worth telling.
constexpr auto late = 2'500 * kj::MILLISECONDS;

}  // namespace

void Dispatcher::write_workers(rpc::ClusterStatus::Builder to) const {
  const auto workers = workers_in_detail();
  auto list = to.initWorkers(static_cast<unsigned>(workers.size()));
  for (unsigned i = 0; i < list.size(); ++i) {
    auto entry = list[i];
    entry.setId(workers[i].id);
    wire::write_summary(entry, workers[i]);
  }
}

void Dispatcher::note_departure(std::uint64_t id, const WorkerEntry& worker, DepartedWorker::End how,
                                const std::string& reason) {
  const auto level = how == DepartedWorker::End::stopped ? spdlog::level::info : spdlog::level::warn;
  spdlog::log(level, "worker left worker={} name={} how={} reason={}", id, log_value(worker.name), word(how),
              in_quotes(reason));
  departed_.add({worker.name, worker.host, worker.address, how, reason, {}, worker.done, worker.failures},
                worker.key);
}

// One line for each job, so that it can be followed through the log.
void Dispatcher::tell_of_lost_segments(std::uint64_t worker, const std::string& name) const {
  std::map<std::uint64_t, unsigned> lost;  // by pass
  for (const auto& [attempt, sent] : sent_) {
    if (sent.worker == worker) ++lost[sent.pass];
  }
  for (const auto& [pass, count] : lost) {
    const auto found = passes_.find(pass);
    if (found == passes_.end()) continue;
    spdlog::warn("segments lost job={} worker={} segments={}", found->second.job, log_value(name), count);
  }
}

// The connection may have been closed before.
void Dispatcher::crashed(const FarewellKey& key, const std::string& reason) {
  constexpr auto how = DepartedWorker::End::crashed;
  const auto found =
      std::ranges::find_if(workers_, [&](const auto& worker) { return worker.second.key.equals(key); });
  if (found != workers_.end()) {
    remove_worker(found->first, how, reason);
  } else if (const auto* departed = departed_.explain(key, how, reason)) {
    spdlog::warn("worker had left name={} how={} reason={}", log_value(departed->name), word(how),
                 in_quotes(reason));
  }
}

unsigned Dispatcher::slots() const {
  unsigned slots = 0;
  for (const auto& [id, worker] : workers_) slots += worker.slots;
  return slots;
}

std::vector<WorkerDetails> Dispatcher::workers_in_detail() const {
  std::vector<WorkerDetails> list;
  for (const auto& [id, worker] : workers_) {
    WorkerDetails entry;
    static_cast<WorkerSummary&>(entry) = worker.usage;
    entry.id = id;
    entry.name = worker.name;
    entry.host = worker.host;
    entry.process = worker.process;
    entry.version = worker.version;
    entry.slots = worker.slots;
    entry.busy_slots = std::min(worker.slots, scheduler_.load(id));
    entry.segments_done = worker.done;
    entry.failures = worker.failures;
    entry.sent_bytes = worker.sent_bytes;
    entry.received_bytes = worker.received_bytes;
    entry.cpu_percent = worker.cpu_percent;
    entry.address = worker.address;
    entry.state = state_of(id, worker);
    entry.heartbeat_age =
        std::chrono::milliseconds((timer_.now() - worker.last_heartbeat) / kj::MILLISECONDS);
    entry.joined_age = since(worker.joined);
    entry.last_error = worker.last_error;
    if (!worker.last_error.empty()) entry.last_error_age = since(worker.last_error_time);
    if (const auto* aside = scheduler_.aside(id)) {
      entry.aside_reason = aside->reason;
      entry.aside_time = std::chrono::seconds(std::max<std::int64_t>(0, aside->until - now()) / 1000);
    }
    for (const auto& filter : scheduler_.distrusted(id)) entry.distrusted.push_back(short_name(filter));
    list.push_back(std::move(entry));
  }
  return list;
}

WorkerState Dispatcher::state_of(std::uint64_t id, const WorkerEntry& worker) const {
  if (timer_.now() - worker.last_heartbeat > late) return WorkerState::silent;
  if (scheduler_.aside(id) != nullptr) return WorkerState::aside;
  if (!worker.draining) return WorkerState::ready;
  return scheduler_.load(id) > 0 ? WorkerState::draining : WorkerState::drained;
}

void Dispatcher::tell(const engine::Aside& aside) const {
  const auto found = workers_.find(aside.worker);
  if (found == workers_.end()) return;
  const std::string name = log_value(found->second.name);
  if (aside.reason.empty()) {
    spdlog::info("worker is tried again worker={} name={}", aside.worker, name);
  } else {
    spdlog::warn("worker set aside worker={} name={} seconds={} reason={}", aside.worker, name,
                 aside.pause / 1000, in_quotes(aside.reason));
  }
}

void Dispatcher::note_failure(WorkerEntry& worker, const std::string& reason) const {
  ++worker.failures;
  worker.last_error = reason;
  worker.last_error_time = timer_.now();
}

std::string Dispatcher::short_name(const std::string& filter) {
  const auto at = std::min(filter.find('@'), filter.size());
  return filter.substr(0, at) + filter.substr(at, 1 + 12);
}

std::chrono::seconds Dispatcher::since(kj::TimePoint time) const {
  return std::chrono::seconds((timer_.now() - time) / kj::SECONDS);
}

unsigned Dispatcher::set_draining(const std::string& worker, bool draining) {
  unsigned met = 0;
  std::string name = worker;
  for (auto& [id, entry] : workers_) {
    if (entry.name != worker && std::to_string(id) != worker) continue;
    drain(id, entry, draining);
    name = entry.name;
    ++met;
  }
  const bool remembered = drained_names_.contains(name);
  if (met == 0 && (draining || !remembered)) {
    throw Error(Fault::failed, "no worker \"" + worker + "\" is connected to this master");
  }
  draining ? (void)drained_names_.insert(name) : (void)drained_names_.erase(name);
  pump_soon();
  return met;
}

void Dispatcher::drain(std::uint64_t id, WorkerEntry& worker, bool draining) {
  worker.draining = draining;
  scheduler_.set_draining(id, draining);
  spdlog::info("worker {} worker={} name={}", draining ? "drains" : "is back", id, log_value(worker.name));
}

}  // namespace tilework::master
