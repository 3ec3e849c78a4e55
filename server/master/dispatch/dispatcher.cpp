#include "server/master/dispatch/dispatcher.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "schema/model/clean_text.h"
#include "schema/transport/drop_later.h"
#include "schema/transport/errors.h"
#include "schema/wire/stage.h"
#include "schema/wire/text.h"
#include "schema/wire/worker.h"
#include "server/logging/log.h"

namespace tilework::master {
namespace {

constexpr auto watch_interval = 500 * kj::MILLISECONDS;

// Kept for the next tiles that come packed.
constexpr std::size_t idle_tile_bytes = 64 << 20;

// Ends the lease when it goes.
kj::Own<void> lease_of(rpc::SegmentResult::Reader result) {
  return kj::heap(kj::defer([lease = result.getLease()]() mutable {
    lease.endRequest().send().ignoreResult().detach([](kj::Exception&&) {});
  }));
}

}  // namespace

Dispatcher::Dispatcher(kj::Timer& timer, std::chrono::milliseconds heartbeat_deadline, std::uint64_t epoch,
                       rpc::PluginSource::Client plugins)
    : timer_(timer),
      heartbeat_deadline_(heartbeat_deadline),
      scheduler_({.epoch = epoch}),
      plugins_(kj::mv(plugins)),
      departed_(timer),
      unpacked_(idle_tile_bytes),
      tasks_(*this) {
  tasks_.add(watch_heartbeats());
}

std::uint64_t Dispatcher::add_worker(rpc::WorkerInfo::Reader info, rpc::Worker::Client client,
                                     std::string address, std::unique_ptr<host::SlabLink> slabs,
                                     std::unique_ptr<pixel_codec::PixelLink> pixels) {
  const std::uint64_t id = ++last_id_;
  workers_.emplace(id, WorkerEntry{wire::text(info.getName(), longest_name),
                                   wire::text(info.getVersion(), longest_name),
                                   info.getSlots(),
                                   kj::mv(client),
                                   std::move(slabs),
                                   std::move(pixels),
                                   timer_.now(),
                                   timer_.now(),
                                   {}});
  scheduler_.worker_joined(id, info.getSlots());
  auto& worker = workers_.at(id);
  worker.address = std::move(address);
  worker.host = wire::cleaned_name(info.getHost());
  worker.process = info.getProcess();
  worker.key = FarewellKey::make();
  spdlog::info("worker joined worker={} name={} slots={} address={} memory={}", id, log_value(worker.name),
               worker.slots, worker.address, worker.slabs->sharer ? "shared" : "own");
  if (drained_names_.contains(worker.name)) drain(id, worker, true);
  announce_to(id, worker);
  pump_soon();
  return id;
}

void Dispatcher::announce(std::vector<std::string> digests) {
  announced_ = std::move(digests);
  for (auto& [id, worker] : workers_) announce_to(id, worker);
}

// A worker that can't get a plugin is asked again when a job needs it.
void Dispatcher::announce_to(std::uint64_t id, WorkerEntry& worker) {
  auto request = worker.client.announceRequest();
  auto list = request.initDigests(static_cast<unsigned>(announced_.size()));
  for (unsigned i = 0; i < list.size(); ++i) list.set(i, announced_[i]);
  request.setPlugins(plugins_);
  tasks_.add(request.send().then(
      [this, id](auto&& answer) {
        const auto found = workers_.find(id);
        if (found == workers_.end()) return;
        found->second.plugins.clear();
        for (const auto digest : answer.getPresent()) found->second.plugins.insert(digest);
      },
      [id](kj::Exception&& error) {
        spdlog::warn("plugins not announced worker={} reason={}", id,
                     in_quotes(transport::from_kj(error).what()));
      }));
}

unsigned Dispatcher::workers_with(const std::string& digest) const {
  return static_cast<unsigned>(std::ranges::count_if(
      workers_, [&](const auto& worker) { return worker.second.plugins.contains(digest); }));
}

void Dispatcher::remove_worker(std::uint64_t worker, DepartedWorker::End how, const std::string& reason) {
  const auto found = workers_.find(worker);
  if (found == workers_.end()) return;
  note_departure(worker, found->second, how, reason);
  tell_of_lost_segments(worker, found->second.name);
  if (how == DepartedWorker::End::stopped) {
    scheduler_.worker_left(worker);
  } else {
    scheduler_.worker_lost(worker, found->second.name + " (" + word(how) + ": " + reason + ")");
  }
  transport::drop_later(workers_.extract(found));
  // It may be frozen, with its connection open: what it was asked for is not waited for.
  for (auto& [attempt, sent] : sent_) {
    if (sent.worker == worker) sent.revoke->fulfill();
  }
  pump_soon();
}

void Dispatcher::heartbeat(std::uint64_t worker, rpc::WorkerStatus::Reader status) {
  const auto found = workers_.find(worker);
  if (found == workers_.end())
    throw Error(Fault::unreachable, "this worker was given up; it has to join again");
  auto& entry = found->second;
  const double passed = static_cast<double>((timer_.now() - entry.last_heartbeat) / kj::MICROSECONDS);
  const auto before = entry.usage.cpu_time;
  wire::read_status(status, entry.usage);
  const auto used = static_cast<double>((entry.usage.cpu_time - before).count());
  const bool first = before.count() == 0;
  entry.cpu_percent = first || passed <= 0 ? 0 : std::max(0.0, 100 * used / passed);
  entry.last_heartbeat = timer_.now();
}

std::uint64_t Dispatcher::begin_pass(SegmentSource& source, std::string job, std::vector<std::string> filters,
                                     std::uint64_t client, bool is_quick) {
  const std::uint64_t id = ++last_id_;
  passes_.emplace(id, PassEntry{&source, job.empty() ? "preview" : std::move(job), filters});
  scheduler_.job_added(id, std::move(filters), client, is_quick);
  return id;
}

std::string Dispatcher::PassEntry::filters_text() const {
  std::string names;
  for (const auto& filter : filters) names += (names.empty() ? "" : ", ") + short_name(filter);
  return names;
}

std::string Dispatcher::PassEntry::full_name(const std::string& filter) const {
  const auto found = std::ranges::find_if(
      filters, [&](const std::string& full) { return full.substr(0, full.find('@')) == filter; });
  return found == filters.end() ? std::string() : *found;
}

void Dispatcher::segment_ready(std::uint64_t pass, std::uint64_t segment) {
  scheduler_.segment_ready(pass, segment);
  pump_soon();
}

PassTotals Dispatcher::end_pass(std::uint64_t pass) {
  PassTotals totals{scheduler_.retried(pass)};
  const auto found = passes_.find(pass);
  if (found == passes_.end()) return totals;
  totals.wire_bytes = found->second.wire_bytes;
  passes_.erase(found);
  scheduler_.job_removed(pass);
  for (auto& [id, worker] : workers_) worker.runners.erase(pass);
  pump_soon();
  return totals;
}

engine::Milliseconds Dispatcher::now() const {
  return (timer_.now() - kj::origin<kj::TimePoint>()) / kj::MILLISECONDS;
}

// Decisions are made after all events of this turn of the loop.
void Dispatcher::pump_soon() {
  if (std::exchange(pumping_, true)) return;
  tasks_.add(kj::evalLater([this] {
    pumping_ = false;
    pump();
  }));
}

void Dispatcher::pump() {
  const auto actions = scheduler_.decide(now());
  for (const auto& aside : actions.aside) tell(aside);
  for (const auto& revoke : actions.revoke) {
    if (const auto found = sent_.find(revoke.attempt); found != sent_.end()) found->second.revoke->fulfill();
  }
  for (const auto& fail : actions.fail) {
    if (const auto found = passes_.find(fail.job); found != passes_.end())
      found->second.source->fail(fail.is_for_losses ? found->second.filters_text() + ": " + fail.reason
                                                    : fail.reason);
  }
  for (const auto& assign : actions.assign) send(assign);
}

rpc::StageRunner::Client Dispatcher::runner(WorkerEntry& worker, std::uint64_t pass) {
  if (const auto found = worker.runners.find(pass); found != worker.runners.end()) return found->second;
  auto request = worker.client.openRequest();
  passes_.at(pass).source->write_stage(request.initStage());
  request.setPlugins(plugins_);
  auto runner = request.send().getRunner();
  worker.runners.emplace(pass, runner);
  return runner;
}

void Dispatcher::send(const engine::Assign& assign) {
  const auto worker = workers_.find(assign.worker);
  const auto pass = passes_.find(assign.job);
  if (worker == workers_.end() || pass == passes_.end()) return;
  auto revoked = kj::newPromiseAndFulfiller<void>();
  sent_.insert_or_assign(assign.attempt, Sent{assign.worker, assign.job, kj::mv(revoked.fulfiller)});
  tasks_.add(ask(worker->second, assign)
                 .then([this, assign](auto&& answer) { return answered(assign, kj::mv(answer)); },
                       [this, assign](kj::Exception&& error) -> kj::Promise<void> {
                         // A lost connection is noticed by the membership, and is nobody's failure.
                         if (error.getType() == kj::Exception::Type::DISCONNECTED) {
                           remove_worker(assign.worker, DepartedWorker::End::killed,
                                         transport::from_kj(error).what());
                         } else {
                           // It may be the opening that failed, and that is tried anew.
                           if (const auto worker = workers_.find(assign.worker); worker != workers_.end()) {
                             worker->second.runners.erase(assign.job);
                           }
                           const Error reason = transport::from_kj(error);
                           refused(assign,
                                   {.reason = reason.what(), .of_machine = reason.fault() == Fault::machine});
                         }
                         return kj::READY_NOW;
                       })
                 .exclusiveJoin(kj::mv(revoked.promise))
                 .then([this, assign] { sent_.erase(assign.attempt); }));
}

kj::Promise<Dispatcher::Response> Dispatcher::ask(WorkerEntry& worker, const engine::Assign& assign) {
  if (worker.slabs->sharer == nullptr) return ask_over_network(worker, assign);
  const SegmentSource& source = *passes_.at(assign.job).source;
  const SegmentPixels from = source.pixels_of(assign.segment);
  const unsigned count = source.bundle_of(assign.segment);
  auto request = runner(worker, assign.job).runRequest(capnp::MessageSize{16 + 16 * count, 0});
  auto segments = request.initSegments(count);
  for (unsigned i = 0; i < count; ++i) {
    const SegmentPixels pixels = i == 0 ? from : source.pixels_of(assign.segment + i);
    wire::write(segments[i].initTile(), source.tile_of(assign.segment + i));
    auto shared = segments[i].initPixels().initShared();
    shared.setSlab(pixels.slab->id());
    shared.setOffset(pixels.offset);
    shared.setStride(pixels.pixels.step[0]);
  }
  // A bundle's pixels lie in one slab.
  return worker.slabs->sharer->share(*from.slab, host::SlabSharer::Access::read)
      .then([request = kj::mv(request)]() mutable { return request.send(); });
}

void Dispatcher::succeeded(const engine::Assign& assign, kj::Array<SegmentAnswer> answers) {
  const auto pass = passes_.find(assign.job);
  const auto worker = workers_.find(assign.worker);
  if (pass == passes_.end() || worker == workers_.end()) return;
  if (scheduler_.succeeded(assign.attempt, now())) {
    worker->second.done += answers.size();
    pass->second.source->accept(assign.segment, kj::mv(answers));
  }
  pump_soon();
}

kj::Promise<void> Dispatcher::answered(const engine::Assign& assign, Response response) {
  const auto pass = passes_.find(assign.job);
  const auto worker = workers_.find(assign.worker);
  if (pass == passes_.end() || worker == workers_.end()) return kj::READY_NOW;
  const auto results = response.getResults();
  if (results.size() == 1 && results[0].isFailure()) {
    const auto failure = results[0].getFailure();
    refused(assign, {wire::text(failure.getReason()), wire::text(failure.getFilter(), longest_name),
                     failure.getOfMachine()});
    return kj::READY_NOW;
  }
  const SegmentSource& source = *pass->second.source;
  if (results.size() != source.bundle_of(assign.segment)) {
    refused(assign, {"a worker sent " + std::to_string(results.size()) + " results"});
    return kj::READY_NOW;
  }
  if (!source.output()) free_place_of(assign);
  auto message = std::make_shared<Response>(kj::mv(response));
  auto answers = kj::heapArrayBuilder<kj::Promise<SegmentAnswer>>(results.size());
  for (unsigned i = 0; i < results.size(); ++i) {
    const auto result = results[i];
    count_received(assign, result);
    auto lease = result.hasLease() ? lease_of(result) : kj::Own<void>();
    answers.add(read_answer(worker->second, source, assign.segment + i, result)
                    .then([message, lease = kj::mv(lease),
                           time = result.getMicroseconds()](SegmentAnswer&& answer) mutable {
                      if (lease.get() != nullptr) answer.memory = lease.attach(kj::mv(answer.memory));
                      answer.memory = kj::heap(message).attach(kj::mv(answer.memory));
                      answer.time = std::min(std::chrono::microseconds(std::chrono::days(1)),
                                             wire::bounded<std::chrono::microseconds>(time));
                      return kj::mv(answer);
                    }));
  }
  return kj::joinPromises(answers.finish())
      .then([this, assign](kj::Array<SegmentAnswer>&& all) { succeeded(assign, kj::mv(all)); },
            [this, assign](kj::Exception&& error) { refused(assign, {transport::from_kj(error).what()}); });
}

// Whether stats can be read is asked where they are merged, which may take long: other work needn't wait.
void Dispatcher::free_place_of(const engine::Assign& assign) {
  scheduler_.answered(assign.attempt);
  pump_soon();
}

void Dispatcher::refused(const engine::Assign& assign, const Refusal& why) {
  const auto worker = workers_.find(assign.worker);
  const auto pass = passes_.find(assign.job);
  const std::string job = pass == passes_.end() ? "ended" : pass->second.job;
  const std::string filters = !why.filter.empty()     ? why.filter
                              : pass == passes_.end() ? ""
                                                      : pass->second.filters_text();
  spdlog::warn("segment failed job={} segment={} attempt={} worker={} filters={} reason={}", job,
               assign.segment, assign.attempt,
               log_value(worker == workers_.end() ? std::to_string(assign.worker) : worker->second.name),
               in_quotes(filters), in_quotes(why.reason));
  const std::string reason = (why.filter.empty() ? "" : why.filter + ": ") + why.reason;
  if (worker != workers_.end()) note_failure(worker->second, reason);
  if (why.of_machine) {
    const auto known = pass == passes_.end() ? std::string() : pass->second.full_name(why.filter);
    scheduler_.met_trouble(assign.attempt, reason, known, now());
  } else {
    scheduler_.failed(assign.attempt, why.reason, why.filter);
  }
  pump_soon();
}

kj::Promise<void> Dispatcher::watch_heartbeats() {
  return timer_.afterDelay(watch_interval).then([this] {
    const auto deadline = heartbeat_deadline_.count() * kj::MILLISECONDS;
    std::vector<std::uint64_t> silent;
    for (const auto& [id, worker] : workers_) {
      if (timer_.now() - worker.last_heartbeat > deadline) silent.push_back(id);
    }
    for (const auto id : silent) remove_worker(id, DepartedWorker::End::silent, "no heartbeat");
    pump_soon();  // for stragglers
    return watch_heartbeats();
  });
}

void Dispatcher::taskFailed(kj::Exception&& exception) {
  spdlog::error("dispatcher task failed reason={}", in_quotes(exception.getDescription().cStr()));
}

}  // namespace tilework::master
