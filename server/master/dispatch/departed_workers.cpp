#include "server/master/dispatch/departed_workers.h"

#include <utility>

namespace tilework::master {
namespace {

constexpr std::size_t most = 100;

}  // namespace

void DepartedWorkers::add(DepartedWorker worker, const FarewellKey& key) {
  entries_.push_front({std::move(worker), key, timer_.now()});
  if (entries_.size() > most) entries_.pop_back();
}

const DepartedWorker* DepartedWorkers::explain(const FarewellKey& key, DepartedWorker::End end,
                                               const std::string& reason) {
  for (auto& [worker, its_key, left] : entries_) {
    if (worker.end != DepartedWorker::End::killed || !its_key.equals(key)) continue;
    worker.end = end;
    worker.reason = reason;
    return &worker;
  }
  return nullptr;
}

std::vector<DepartedWorker> DepartedWorkers::list() const {
  std::vector<DepartedWorker> list;
  for (const auto& [worker, key, left] : entries_) {
    list.push_back(worker);
    list.back().age = std::chrono::seconds((timer_.now() - left) / kj::SECONDS);
  }
  return list;
}

}  // namespace tilework::master
