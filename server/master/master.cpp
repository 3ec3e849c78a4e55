#include "server/master/master.h"

#include <algorithm>
#include <utility>

#include <sodium.h>

#include "schema/model/clean_text.h"
#include "schema/transport/connection.h"
#include "schema/transport/endpoint.h"
#include "schema/transport/errors.h"
#include "schema/transport/local_socket.h"
#include "schema/transport/peer.h"
#include "server/host/host_pool.h"
#include "server/logging/log.h"
#include "server/master/dispatch/dispatcher.h"
#include "server/master/jobs/decoding_memory.h"
#include "server/master/plugins/plugin_registry.h"
#include "server/master/plugins/plugin_source.h"
#include "server/master/sessions/acceptor.h"
#include "server/master/sessions/seldom.h"
#include "server/master/sessions/service.h"

namespace tilework::master {
namespace {

// Ready for the next plan, and for the next pass that joins stats.
constexpr unsigned unused_hosts = 2;

// Kept for the next images.
constexpr std::size_t idle_band_bytes = 64 << 20;

// In which a peer at fault may take what is on its way to it, with the reason at the end.
constexpr auto farewell_time = 1 * kj::SECONDS;

// They take little of anything, whatever the large ones take.
constexpr unsigned fewest_small_jobs = 4;

engine::AdmissionOptions admission_of(const MasterOptions& options) {
  return {std::max(options.running_jobs, fewest_small_jobs), options.running_jobs};
}

// Nobody waits for another job's: one that joins stats has its host for a whole pass.
unsigned planning_hosts(const MasterOptions& options) {
  const auto places = admission_of(options);
  return static_cast<unsigned>(2 * (places.small_places + places.large_places));
}

class Master final : private kj::TaskSet::ErrorHandler {
 public:
  Master(kj::AsyncIoContext& io, kj::Own<kj::ConnectionReceiver> listener, const MasterOptions& options,
         server::LogRing& log, std::function<void(std::size_t)> workers_changed)
      : network_(io.provider->getNetwork()),
        timer_(io.provider->getTimer()),
        listener_(kj::mv(listener)),
        workers_changed_(std::move(workers_changed)),
        planning_(*io.lowLevelProvider, options.filter_host,
                  {.leased = planning_hosts(options), .unused = unused_hosts}),
        plugins_(io, {options.plugins, options.state, options.filter_host}),
        plugin_admin_(plugins_, timer_),
        dispatcher_(timer_, milliseconds(options.heartbeat_seconds), epoch_, make_plugin_source(plugins_)),
        places_(admission_of(options)),
        spool_(options.spool, options.spool_bytes),
        decoding_memory_(options.decoding_memory),
        token_(options.state),
        join_gate_(options.state, timer_),
        state_{{options,
                plugins_,
                dispatcher_,
                places_,
                {options, dispatcher_, planning_, bands_, timer_, spool_, codecs_, steps_, decoding_memory_,
                 stats_memory_},
                [this] { retire_hosts(); }},
               epoch_,
               plugin_admin_,
               token_,
               join_gate_,
               log,
               packing_,
               timer_.now()},
        newcomers_(timer_, options.limits.newcomers, milliseconds(options.newcomer_seconds)),
        tasks_(*this) {
    spdlog::info("administrators show the token in file={}", log_value(token_.file().string()));
    spdlog::info(
        "workers elsewhere show the join secret in file={} command=\"tilework-server worker --master {} "
        "--join-secret FILE\"",
        log_value(join_gate_.file().string()), options.address);
    plugins_.on_change([this] {
      dispatcher_.announce(plugins_.digests());
      retire_hosts();
    });
  }

  kj::Promise<void> run() {
    return plugins_.start().then([this] { return listen_locally(); }).then([this] {
      tasks_.add(watch_workers(~std::size_t{0}));  // so that the first look tells
      return accept(*listener_, false);            // for ever
    });
  }

 private:
  static std::uint64_t epoch() {
    std::uint64_t number = 0;
    randombytes_buf(&number, sizeof number);
    return number;
  }

  // Versions that no job and no new job can use leave with their hosts.
  void retire_hosts() {
    std::set<std::string> wanted;
    for (const auto& plugin : plugins_.in_use()) wanted.insert(plugin->description.digest);
    planning_.retire(std::move(wanted));
  }

  // For workers on this machine. Without it they are served like any other.
  kj::Promise<void> listen_locally() {
    return transport::listen_locally(network_).then(
        [this](transport::LocalListener&& local) {
          local_listener_ = kj::mv(local.receiver);
          state_.local_socket = std::move(local.name);
          tasks_.add(accept(*local_listener_, true));
        },
        [](kj::Exception&& error) {
          spdlog::warn("no local socket, so no shared memory reason=\"{}\"",
                       transport::from_kj(error).what());
        });
  }

  kj::Promise<void> accept(kj::ConnectionReceiver& listener, bool is_local) {
    return accept_always(listener, timer_, newcomers_, [this, is_local](kj::Own<kj::AsyncIoStream> stream) {
      if (!is_local || transport::is_same_user(*stream)) serve(kj::mv(stream), is_local);
    });
  }

  void serve(kj::Own<kj::AsyncIoStream> stream, bool is_local) {
    const auto peer = transport::peer_of(*stream);
    auto visit = newcomers_.admit(transport::parse_endpoint(peer).host);
    auto turned_away = visit->turned_away();
    auto budget = visit->budget();
    auto service = make_service(state_, *stream, visit, is_local);
    const auto descriptors = is_local ? transport::Descriptors::passed : transport::Descriptors::none;
    auto connection = kj::heap<transport::Connection>(kj::mv(stream), capnp::rpc::twoparty::Side::SERVER,
                                                      kj::mv(service), std::move(budget), descriptors);
    auto at_fault = kj::newPromiseAndFulfiller<void>();
    connection->on_fault(
        [this, peer, fulfiller = std::make_shared<decltype(at_fault.fulfiller)>(kj::mv(at_fault.fulfiller))](
            const std::string& why) {
          tell_of_fault(peer, why);
          (*fulfiller)->fulfill();
        });
    auto given_up = at_fault.promise.then([this] { return timer_.afterDelay(farewell_time); });
    auto heard_out = connection->on_disconnect().then([&served = *connection] { return served.hear_out(); });
    auto gone = heard_out.exclusiveJoin(kj::mv(turned_away)).exclusiveJoin(kj::mv(given_up));
    tasks_.add(gone.attach(kj::mv(connection)).attach(kj::defer([visit] { visit->end(); })));
  }

  kj::Promise<void> watch_workers(std::size_t known) {
    const std::size_t now = dispatcher_.workers();
    if (now != known) workers_changed_(now);
    if (const auto usable = dispatcher_.usable_workers(); usable != std::exchange(usable_workers_, usable)) {
      state_.jobs.tell_all();
    }
    return timer_.afterDelay(20 * kj::MILLISECONDS).then([this, now] { return watch_workers(now); });
  }

  // Whoever reaches the port can be at fault as often as he likes.
  void tell_of_fault(const std::string& peer, const std::string& why) {
    const auto left_out = faults_told_.due();
    if (left_out)
      spdlog::warn("connection ended peer={} reason=\"{}\" others_before={}", peer, why, *left_out);
  }

  // A connection that speaks nonsense ends, and nothing else does.
  void taskFailed(kj::Exception&& exception) override {
    spdlog::warn("connection ended reason={}", in_quotes(exception.getDescription().cStr()));
  }

  kj::Network& network_;
  kj::Timer& timer_;
  std::uint64_t epoch_ = epoch();
  kj::Own<kj::ConnectionReceiver> listener_;
  kj::Own<kj::ConnectionReceiver> local_listener_;
  std::function<void(std::size_t)> workers_changed_;
  host::HostPool planning_;
  host::SlabPool bands_{idle_band_bytes};
  transport::WorkThreads packing_{pixel_codec::packing_threads()};
  PluginRegistry plugins_;
  PluginAdmin plugin_admin_;
  Dispatcher dispatcher_;
  Places places_;
  Spool spool_;
  DecodingMemory decoding_memory_;
  StatsMemory stats_memory_;
  CodecThreads codecs_;
  StepsCache steps_;
  AdminToken token_;
  JoinGate join_gate_;
  MasterState state_;
  Newcomers newcomers_;
  Seldom faults_told_{timer_, 10 * kj::SECONDS};
  std::size_t usable_workers_ = 0;  // at the last look
  kj::TaskSet tasks_;
};

}  // namespace

kj::Promise<void> run_master(kj::AsyncIoContext& io, kj::Own<kj::ConnectionReceiver> listener,
                             const MasterOptions& options, server::LogRing& log,
                             std::function<void(std::size_t)> workers_changed) {
  auto master = kj::heap<Master>(io, kj::mv(listener), options, log, std::move(workers_changed));
  auto promise = master->run();
  return promise.attach(kj::mv(master));
}

}  // namespace tilework::master
