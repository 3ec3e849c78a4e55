// Computes the segments of one pass of a job in filter hosts. On the event loop's thread.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <kj/timer.h>

#include "schema/model/error.h"
#include "schema/wire/stage.h"
#include "schema/worker.capnp.h"
#include "server/host/host_pool.h"
#include "server/worker/master_link.h"

namespace tilework::worker {

// How long a filter may take for one segment before its host is ended.
struct TimeLimit {
  std::chrono::milliseconds floor{60'000};
  std::chrono::milliseconds per_megapixel{20'000};

  std::chrono::milliseconds for_pixels(std::int64_t pixels) const {
    return floor + per_megapixel * pixels / 1'000'000;
  }
};

class StageRunner final : public rpc::StageRunner::Server {
 public:
  // What it works with, and outlives it.
  struct Context {
    host::HostPool& hosts;
    kj::Timer& timer;
    TimeLimit limit;
    std::shared_ptr<MasterLink> master;
    std::shared_ptr<host::HostGroup> group;  // whose hosts and memory it may use
    // Is told of filters, one or more that ran together, that have left threads behind.
    std::function<void(const std::string& filters)> tell_of_threads;
  };

  // `paths` are the libraries of the stage's calls; `held` keeps them and the group in use.
  StageRunner(Context with, wire::Stage stage, std::vector<std::string> paths, kj::Own<void> held);

 protected:
  kj::Promise<void> run(RunContext context) override;

 private:
  struct Piece;
  struct Attempt;
  // Why a segment failed, as in rpc::Failure.
  struct Reason {
    std::string filters{};
    std::string reason{};
    bool of_machine = false;
  };

  kj::Promise<void> start(Attempt& attempt);
  kj::Promise<void> compute(Attempt& attempt);
  bool analyses() const { return stage_.plan.passes[stage_.pass].analyses; }
  bool is_quick(const Attempt& attempt) const;
  Piece piece_for(cv::Rect tile) const;
  kj::Promise<void> take_segments(Attempt& attempt);
  kj::Promise<void> take_pixels(Attempt& attempt, const Piece& piece, rpc::Pixels::Reader pixels);
  void write_input(rpc::SharedPixels::Builder to, const Attempt& attempt, const Piece& piece) const;
  kj::Promise<void> share(Attempt& attempt);
  kj::Promise<void> share_library(host::HostProcess& process, std::size_t call);
  kj::Promise<void> analyse(Attempt& attempt);
  kj::Promise<void> apply(Attempt& attempt);
  kj::Promise<void> settle(Attempt& attempt);
  kj::Promise<void> take(Attempt& attempt);
  std::string fault_of(Attempt& attempt) const;
  std::string fault_in(Attempt& attempt) const;
  bool goes_in_message(const Attempt& attempt) const;
  kj::Promise<void> send(Attempt& attempt);
  kj::Promise<void> send_over_network(Attempt& attempt);
  void write_plain(Attempt& attempt);
  capnp::List<rpc::SegmentResult>::Builder results_of(Attempt& attempt, std::size_t bytes);
  kj::Promise<void> fail(Attempt& attempt, const kj::Exception& error);
  kj::Promise<void> refuse(Attempt& attempt, std::string reason);
  kj::Promise<std::string> end_host(Attempt& attempt);
  Reason reason_of(const Error& error, bool is_hosts) const;
  void answer_failure(Attempt& attempt, const Reason& why);
  rpc::Chain::Client chain_in(host::HostLease& lease);

  Context with_;
  wire::Stage stage_;
  std::vector<std::string> paths_;
  kj::Own<void> held_;
  std::map<std::uint64_t, rpc::Chain::Client> chains_;  // by the serial of their host
};

}  // namespace tilework::worker
