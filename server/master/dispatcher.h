// Carries out what the scheduler decides: sends segments to workers, and brings back what they answer. On the
// event loop's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <kj/async.h>
#include <kj/timer.h>

#include "schema/master.capnp.h"
#include "schema/model/admin.h"
#include "schema/worker.capnp.h"
#include "server/engine/scheduler/scheduler.h"

namespace tilework::master {

// The segments of one pass of one job.
class SegmentSource {
 public:
  virtual ~SegmentSource() noexcept(false) = default;
  virtual void write_stage(rpc::Stage::Builder to) const = 0;
  // Bytes of a segment's pixels, and the request for it.
  virtual std::size_t size_of(std::uint64_t segment) const = 0;
  virtual void write_segment(std::uint64_t segment, rpc::Segment::Builder to) const = 0;
  // Whether an answer has the right shape. Wrong ones are failures of the worker.
  virtual bool fits(std::uint64_t segment, rpc::SegmentResult::Reader result) const = 0;
  // Exactly once for each segment, with an answer that fits.
  virtual void accept(std::uint64_t segment, rpc::SegmentResult::Reader result) = 0;
  // The pass can't be completed. Nothing follows.
  virtual void fail(const std::string& reason) = 0;
};

class Dispatcher final : private kj::TaskSet::ErrorHandler {
 public:
  Dispatcher(kj::Timer& timer, std::chrono::milliseconds heartbeat_deadline, std::uint64_t epoch,
             rpc::PluginSource::Client plugins);

  // Workers.
  std::uint64_t add_worker(rpc::WorkerInfo::Reader info, rpc::Worker::Client client, std::string address);
  void remove_worker(std::uint64_t worker, const std::string& reason);
  void heartbeat(std::uint64_t worker, rpc::WorkerStatus::Reader status);
  std::size_t workers() const { return workers_.size(); }
  void write_workers(rpc::ClusterStatus::Builder to) const;
  std::vector<WorkerDetails> workers_in_detail() const;
  // A draining worker finishes what it has, and gets nothing new. `worker` is a name or an id. Names are
  // remembered for workers that join later. Returns how many workers are meant; fails when there is none, but
  // a name that is remembered can always be taken back.
  unsigned set_draining(const std::string& worker, bool draining);

  // Plugins. Tells all workers, and those that join later, what new jobs may need.
  void announce(std::vector<std::string> digests);
  unsigned workers_with(const std::string& digest) const;

  // Passes. The source outlives its pass; end_pass() may be called at any time, also after fail().
  std::uint64_t begin_pass(SegmentSource& source, std::vector<std::string> filters, std::uint64_t client);
  void segment_ready(std::uint64_t pass, std::uint64_t segment);
  // Returns how many attempts had to be made again.
  std::uint64_t end_pass(std::uint64_t pass);

 private:
  struct WorkerEntry {
    std::string name;
    std::string version;
    unsigned slots;
    rpc::Worker::Client client;
    kj::TimePoint last_heartbeat;
    std::map<std::uint64_t, rpc::StageRunner::Client> runners;  // by pass
    std::uint64_t done = 0;
    std::uint64_t failures = 0;
    std::uint64_t resident_bytes = 0;
    std::uint64_t cpu_microseconds = 0;
    double cpu_percent = 0;  // of one core, between the last two heartbeats
    std::string address{};
    bool draining = false;
    std::set<std::string> plugins{};  // that it has, of those that were announced
  };

  void drain(std::uint64_t id, WorkerEntry& worker, bool draining);
  WorkerState state_of(std::uint64_t id, const WorkerEntry& worker) const;
  engine::Milliseconds now() const;
  void pump_soon();
  void pump();
  void announce_to(std::uint64_t id, WorkerEntry& worker);
  void send(const engine::Assign& assign);
  rpc::StageRunner::Client runner(WorkerEntry& worker, std::uint64_t pass);
  void answered(const engine::Assign& assign, rpc::SegmentResult::Reader result);
  void refused(const engine::Assign& assign, const std::string& reason, const std::string& filter = {});
  kj::Promise<void> watch_heartbeats();
  void taskFailed(kj::Exception&& exception) override;

  kj::Timer& timer_;
  std::chrono::milliseconds heartbeat_deadline_;
  engine::Scheduler scheduler_;
  rpc::PluginSource::Client plugins_;
  std::vector<std::string> announced_;
  std::map<std::uint64_t, WorkerEntry> workers_;
  std::set<std::string> drained_names_;
  std::map<std::uint64_t, SegmentSource*> passes_;
  struct Sent {
    std::uint64_t worker;
    kj::Own<kj::PromiseFulfiller<void>> revoke;
  };
  std::map<std::uint64_t, Sent> sent_;  // by attempt: what a worker hasn't answered yet
  std::uint64_t last_id_ = 0;
  bool pumping_ = false;
  kj::TaskSet tasks_;
};

}  // namespace tilework::master
