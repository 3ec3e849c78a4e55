#include "server/worker/membership.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include <unistd.h>

#include "schema/master.capnp.h"
#include "schema/model/clean_text.h"
#include "schema/model/version.h"
#include "schema/transport/connect.h"
#include "schema/transport/connection.h"
#include "schema/transport/errors.h"
#include "schema/transport/local_socket.h"
#include "schema/transport/machine.h"
#include "server/logging/log.h"
#include "server/secret/secret_file.h"
#include "server/worker/departure.h"
#include "server/worker/usage.h"
#include "server/worker/worker.h"

namespace tilework::worker {
namespace {

constexpr auto heartbeat_interval = 1 * kj::SECONDS;
constexpr auto heartbeat_deadline = 10 * kj::SECONDS;
constexpr auto address_patience = 2 * kj::SECONDS;
constexpr auto first_pause = 100 * kj::MILLISECONDS;
constexpr auto longest_pause = 2 * kj::SECONDS;

pixel_codec::Packing packing_of(rpc::SegmentCodec codec) {
  switch (codec) {
    case rpc::SegmentCodec::NONE:
      return pixel_codec::Packing::never;
    case rpc::SegmentCodec::ZSTD:
      return pixel_codec::Packing::always;
    case rpc::SegmentCodec::AUTO:
      break;
  }
  return pixel_codec::Packing::where_it_pays;
}

// A master's connection, over the network or the local socket.
struct Road {
  Road(kj::Own<kj::AsyncIoStream> stream, transport::Descriptors descriptors)
      : rate(*stream),
        connection(kj::mv(stream), capnp::rpc::twoparty::Side::CLIENT, transport::nothing(),
                   transport::fixed(transport::master_budget), descriptors) {}

  rpc::Master::Client master() { return connection.bootstrap().castAs<rpc::Master>(); }

  transport::LinkRate rate;
  transport::Connection connection;
};

class Joiner {
 public:
  Joiner(kj::AsyncIoProvider& io, const transport::Endpoint& master, const WorkerOptions& options,
         transport::WorkThreads& threads, Departure& departure, Serve serve)
      : io_(io),
        master_(master),
        options_(options),
        threads_(threads),
        departure_(departure),
        serve_(std::move(serve)) {}

  // Joins, stays until something fails, pauses, and begins again.
  kj::Promise<void> run() {
    return once()
        .catch_([this](kj::Exception&& error) -> kj::Promise<void> {
          if (departure_.is_leaving()) return kj::NEVER_DONE;
          const Error cause = transport::from_kj(error);
          const std::string reason = cause.what();
          if (joined_) {
            spdlog::warn("master lost master={} reason={}", master_.text(), in_quotes(reason));
          } else if (!told_ && (cause.fault() == Fault::denied || cause.fault() == Fault::user)) {
            spdlog::error("master not joined master={} reason={}", master_.text(), in_quotes(reason));
          } else if (!told_) {
            spdlog::warn("master not reachable yet master={} reason={}", master_.text(), in_quotes(reason));
          }
          told_ = true;
          return kj::READY_NOW;
        })
        .then([this] {
          departure_.lost(master_.text());
          pause_ = joined_ ? first_pause : std::min(pause_ * 2, longest_pause);
          joined_ = false;
          road_ = nullptr;
          return io_.getTimer().afterDelay(pause_);
        })
        .then([this] { return run(); });
  }

 private:
  kj::Promise<void> once() {
    return io_.getTimer()
        .timeoutAfter(heartbeat_deadline,
                      transport::connect(io_.getNetwork(), io_.getTimer(), master_, address_patience))
        .then([this](kj::Own<kj::AsyncIoStream>&& stream) {
          road_ = kj::heap<Road>(kj::mv(stream), transport::Descriptors::none);
          return io_.getTimer().timeoutAfter(heartbeat_deadline, road_->master().localSocketRequest().send());
        })
        .then([this](auto&& answer) { return come_closer(answer.getName()); })
        .then([this](bool is_local) {
          auto link = std::make_shared<MasterLink>(threads_, kj::mv(road_->rate));
          auto request = road_->master().joinRequest();
          auto worker = request.initWorker();
          worker.setName(options_.name);
          worker.setSlots(options_.slots);
          worker.setVersion(version);
          worker.setHost(transport::host_name());
          worker.setProcess(static_cast<std::uint32_t>(::getpid()));
          request.setNode(serve_(link));
          if (is_local) {
            request.setSlabs(link->slabs.received.table());
          } else {
            transport::method([&] { request.setSecret(secret()); });
          }
          return io_.getTimer().timeoutAfter(heartbeat_deadline, request.send()).then([link](auto&& answer) {
            link->pixels.set_packing(packing_of(answer.getCodec()));
            if (answer.hasSlabs()) link->slabs.sharer = std::make_unique<host::SlabSharer>(answer.getSlabs());
            return kj::mv(answer);
          });
        })
        .then([this](auto&& answer) -> kj::Promise<void> {
          joined_ = true;
          told_ = false;
          spdlog::info("joined master={} slots={} memory={}", master_.text(), options_.slots,
                       answer.hasSlabs() ? "shared" : "own");
          departure_.joined(master_.text(), answer.getMembership(), answer.getFarewellKey());
          return stay(answer.getMembership()).exclusiveJoin(road_->connection.on_disconnect().then([]() {
            kj::throwFatalException(transport::to_kj(Error(Fault::unreachable, "the connection was closed")));
          }));
        });
  }

  // Goes on over the master's local socket if that can be reached, and answers: it takes connections of any
  // user's, and hangs up on those of another's. Answers whether it does.
  kj::Promise<bool> come_closer(const std::string& name) {
    if (name.empty()) return false;
    auto shorter =
        transport::connect_locally(io_.getNetwork(), name).then([](kj::Own<kj::AsyncIoStream>&& stream) {
          auto road = kj::heap<Road>(kj::mv(stream), transport::Descriptors::passed);
          auto answer = road->master().localSocketRequest().send();
          return answer.ignoreResult().then([road = kj::mv(road)]() mutable { return kj::mv(road); });
        });
    return io_.getTimer()
        .timeoutAfter(heartbeat_deadline, kj::mv(shorter))
        .then(
            [this](kj::Own<Road>&& road) {
              road_ = kj::mv(road);
              return true;
            },
            [](kj::Exception&&) { return false; });  // a master on another machine, or another user's
  }

  // Read anew each time, so that one that is put there later will do. Empty where there is none.
  std::string secret() const {
    if (!options_.join_secret.empty()) return server::read_secret(options_.join_secret, server::join_secret);
    const auto own = std::filesystem::path(options_.state) / server::join_secret.name;
    return std::filesystem::exists(own) ? server::read_secret(own, server::join_secret) : "";
  }

  kj::Promise<void> stay(rpc::Membership::Client membership) {
    auto request = membership.heartbeatRequest();
    write_status(request.initStatus(), options_.state);
    return io_.getTimer()
        .timeoutAfter(heartbeat_deadline, request.send().ignoreResult())
        .then([this] { return io_.getTimer().afterDelay(heartbeat_interval); })
        .then([this, membership = kj::mv(membership)]() mutable { return stay(kj::mv(membership)); });
  }

  kj::AsyncIoProvider& io_;
  transport::Endpoint master_;
  const WorkerOptions& options_;
  transport::WorkThreads& threads_;
  Departure& departure_;
  Serve serve_;
  kj::Own<Road> road_;
  bool joined_ = false;
  bool told_ = false;  // an unreachable master is logged once
  kj::Duration pause_ = first_pause;
};

}  // namespace

kj::Promise<void> stay_joined(kj::AsyncIoProvider& io, const transport::Endpoint& master,
                              const WorkerOptions& options, transport::WorkThreads& threads,
                              Departure& departure, Serve serve) {
  auto joiner = kj::heap<Joiner>(io, master, options, threads, departure, std::move(serve));
  auto promise = joiner->run();
  return promise.attach(kj::mv(joiner));
}

}  // namespace tilework::worker
