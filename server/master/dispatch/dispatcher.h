// Carries out what the scheduler decides: sends segments to workers, and brings back what they answer. On the
// event loop's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <kj/async.h>
#include <kj/timer.h>
#include <opencv2/core.hpp>
#include <tilework/types.h>

#include "schema/master.capnp.h"
#include "schema/model/admin.h"
#include "schema/worker.capnp.h"
#include "server/engine/findings.h"
#include "server/engine/scheduler/scheduler.h"
#include "server/host/memory/slab_sharing.h"
#include "server/master/dispatch/departed_workers.h"
#include "server/master/dispatch/farewell_key.h"
#include "server/pixel_codec/pixel_link.h"

namespace tilework::master {

// A segment's pixels where they were decoded: rows of a slab.
struct SegmentPixels {
  cv::Mat pixels;  // over the slab's memory
  std::shared_ptr<host::Slab> slab;
  std::size_t offset = 0;  // of the first pixel in it
};

// What a worker answered. `memory` keeps the pixels, and is let go on the event loop's thread.
struct SegmentAnswer {
  cv::Mat pixels;
  kj::Maybe<kj::ArrayPtr<const kj::byte>> stats;  // while accept() runs
  kj::Own<void> memory;
  engine::FindingList found{};
  std::chrono::microseconds time{0};  // in the filters
};

// The segments of one pass of one job. To the scheduler, a bundle is one segment, the first of it.
class SegmentSource {
 public:
  virtual ~SegmentSource() noexcept(false) = default;
  virtual void write_stage(rpc::Stage::Builder to) const = 0;
  virtual cv::Size image() const = 0;
  // The rectangle of the result that a segment is for; its pixels, until it was accepted; and the format of
  // the result, none where the pass analyses.
  virtual cv::Rect tile_of(std::uint64_t segment) const = 0;
  // How many segments, from this one on, go to a worker together: what was said to be ready with it.
  virtual unsigned bundle_of(std::uint64_t) const { return 1; }
  virtual SegmentPixels pixels_of(std::uint64_t segment) const = 0;
  virtual std::optional<PixelFormat> output() const = 0;
  // Fails unless the stats can be read: the segment goes to another worker then. Answers after the source may
  // have gone.
  virtual kj::Promise<void> check(capnp::Data::Reader) const { return kj::READY_NOW; }
  // Exactly once for each bundle, with answers of the right shape for its segments, this one first.
  virtual void accept(std::uint64_t segment, kj::Array<SegmentAnswer> answers) = 0;
  // The pass can't be completed. Nothing follows.
  virtual void fail(const std::string& reason) = 0;
};

// What a pass took, besides its segments.
struct PassTotals {
  std::uint64_t retried = 0;     // attempts that had to be made again
  std::uint64_t wire_bytes = 0;  // of pixels and stats over the network, both ways
};

class Dispatcher final : private kj::TaskSet::ErrorHandler {
 public:
  Dispatcher(kj::Timer& timer, std::chrono::milliseconds heartbeat_deadline, std::uint64_t epoch,
             rpc::PluginSource::Client plugins);

  // Workers.
  std::uint64_t add_worker(rpc::WorkerInfo::Reader info, rpc::Worker::Client client, std::string address,
                           std::unique_ptr<host::SlabLink> slabs,
                           std::unique_ptr<pixel_codec::PixelLink> pixels);
  // Its segments go to others. Nothing happens when it has left already.
  void remove_worker(std::uint64_t worker, DepartedWorker::End how, const std::string& reason);
  // What a worker has to show who reports its crash.
  const FarewellKey& farewell_key(std::uint64_t worker) const { return workers_.at(worker).key; }
  void crashed(const FarewellKey& key, const std::string& reason);
  std::vector<DepartedWorker> departed_workers() const { return departed_.list(); }
  void heartbeat(std::uint64_t worker, rpc::WorkerStatus::Reader status);
  std::size_t workers() const { return workers_.size(); }
  std::size_t usable_workers() const { return scheduler_.usable_workers(); }  // that take segments now
  unsigned slots() const;                                                     // of all workers
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
  // `job` is for the log: an id, or empty for a preview. A small image's is quick, and doesn't wait for room
  // at the workers.
  std::uint64_t begin_pass(SegmentSource& source, std::string job, std::vector<std::string> filters,
                           std::uint64_t client, bool is_quick = false);
  void segment_ready(std::uint64_t pass, std::uint64_t segment);
  PassTotals end_pass(std::uint64_t pass);

 private:
  struct WorkerEntry {
    std::string name;
    std::string version;
    unsigned slots;
    rpc::Worker::Client client;
    std::unique_ptr<host::SlabLink> slabs;
    std::unique_ptr<pixel_codec::PixelLink> pixels;
    kj::TimePoint joined;
    kj::TimePoint last_heartbeat;
    std::map<std::uint64_t, rpc::StageRunner::Client> runners;  // by pass
    std::uint64_t done = 0;
    std::uint64_t failures = 0;
    std::string last_error{};  // of a segment, and when that was
    kj::TimePoint last_error_time = kj::origin<kj::TimePoint>();
    std::uint64_t sent_bytes = 0;  // of pixels and stats over the network
    std::uint64_t received_bytes = 0;
    WorkerSummary usage{};   // what its last heartbeat says of it
    double cpu_percent = 0;  // of one core, between the last two heartbeats
    std::string address{};
    std::string host{};  // its machine's name
    std::uint32_t process = 0;
    FarewellKey key{};
    bool draining = false;
    std::set<std::string> plugins{};  // that it has, of those that were announced
  };

  void note_departure(std::uint64_t id, const WorkerEntry& worker, DepartedWorker::End how,
                      const std::string& reason);
  void drain(std::uint64_t id, WorkerEntry& worker, bool draining);
  WorkerState state_of(std::uint64_t id, const WorkerEntry& worker) const;
  void note_failure(WorkerEntry& worker, const std::string& reason) const;
  // Of a filter as the scheduler knows it: with the beginning of its digest, as elsewhere in the log.
  static std::string short_name(const std::string& filter);
  std::chrono::seconds since(kj::TimePoint time) const;
  engine::Milliseconds now() const;
  void pump_soon();
  void pump();
  void announce_to(std::uint64_t id, WorkerEntry& worker);
  void send(const engine::Assign& assign);
  rpc::StageRunner::Client runner(WorkerEntry& worker, std::uint64_t pass);
  using Response = capnp::Response<rpc::StageRunner::RunResults>;
  kj::Promise<Response> ask(WorkerEntry& worker, const engine::Assign& assign);
  kj::Promise<Response> ask_over_network(WorkerEntry& worker, const engine::Assign& assign);
  kj::Promise<Response> ask_plain(WorkerEntry& worker, const engine::Assign& assign);
  kj::Promise<void> answered(const engine::Assign& assign, Response response);
  kj::Promise<SegmentAnswer> read_answer(WorkerEntry& worker, const SegmentSource& source,
                                         std::uint64_t segment, rpc::SegmentResult::Reader result);
  void succeeded(const engine::Assign& assign, kj::Array<SegmentAnswer> answers);
  void count_sent(const engine::Assign& assign, std::size_t bytes);
  void count_received(const engine::Assign& assign, rpc::SegmentResult::Reader result);
  struct Refusal {
    std::string reason;  // for a person
    std::string filter{};
    bool of_machine = false;
  };
  void free_place_of(const engine::Assign& assign);
  void refused(const engine::Assign& assign, const Refusal& why);
  void tell_of_lost_segments(std::uint64_t worker, const std::string& name) const;
  void tell(const engine::Aside& aside) const;
  kj::Promise<void> watch_heartbeats();
  void taskFailed(kj::Exception&& exception) override;

  kj::Timer& timer_;
  std::chrono::milliseconds heartbeat_deadline_;
  engine::Scheduler scheduler_;
  rpc::PluginSource::Client plugins_;
  std::vector<std::string> announced_;
  std::map<std::uint64_t, WorkerEntry> workers_;
  DepartedWorkers departed_;
  std::set<std::string> drained_names_;
  struct PassEntry {
    SegmentSource* source;
    std::string job;
    std::vector<std::string> filters;  // as "name@digest", for the scheduler
    std::uint64_t wire_bytes = 0;

    std::string filters_text() const;                        // with the beginnings of the digests
    std::string full_name(const std::string& filter) const;  // empty: it has none of that name
  };
  std::map<std::uint64_t, PassEntry> passes_;
  host::SlabPool unpacked_;  // tiles that came packed
  struct Sent {
    std::uint64_t worker;
    std::uint64_t pass;
    kj::Own<kj::PromiseFulfiller<void>> revoke;
  };
  std::map<std::uint64_t, Sent> sent_;  // by attempt: what a worker hasn't answered yet
  std::uint64_t last_id_ = 0;
  bool pumping_ = false;
  kj::TaskSet tasks_;
};

}  // namespace tilework::master
