#include "server/master/sessions/service.h"

#include <algorithm>
#include <utility>

#include "schema/model/version.h"
#include "schema/transport/endpoint.h"
#include "schema/transport/errors.h"
#include "schema/transport/line.h"
#include "schema/transport/link_rate.h"
#include "schema/transport/peer.h"
#include "schema/wire/client.h"
#include "schema/wire/recipe.h"
#include "schema/wire/text.h"
#include "server/logging/log.h"
#include "server/master/sessions/admin_service.h"
#include "server/master/sessions/client_session.h"
#include "server/master/sessions/name_length.h"

namespace tilework::master {

namespace {

using transport::method;

void write_info(rpc::MasterInfo::Builder to, const MasterState& state) {
  to.setVersion(version);
  to.setEpoch(state.epoch);
}

rpc::SegmentCodec codec_of(pixel_codec::Packing packing) {
  switch (packing) {
    case pixel_codec::Packing::never:
      return rpc::SegmentCodec::NONE;
    case pixel_codec::Packing::always:
      return rpc::SegmentCodec::ZSTD;
    case pixel_codec::Packing::where_it_pays:
      break;
  }
  return rpc::SegmentCodec::AUTO;
}

// Who is at the other end, by the names that it gives.
void check_names(rpc::ClientInfo::Reader client) {
  check_name(client.getName(), "a client");
  check_name(client.getUser(), "a user");
  check_name(client.getHost(), "a machine");
}

void check_names(rpc::WorkerInfo::Reader worker) {
  check_name(worker.getName(), "a worker");
  check_name(worker.getHost(), "a machine");
  check_name(worker.getVersion(), "a version");
}

// A client that has as much as it may have calls that wait for each of its things, and somebody who is told.
// More than a worker has isn't safe.
transport::Budget budget_of_clients(const Limits& limits) {
  constexpr std::uint64_t most = transport::worker_budget.held;
  auto budget = transport::client_budget;
  const std::uint64_t things =
      std::uint64_t{limits.images_per_client} + limits.jobs_per_client + limits.previews_per_client;
  budget.calls = static_cast<unsigned>(std::min(budget.calls + 3 * things, most));
  budget.held = static_cast<unsigned>(std::min(budget.held + 3 * things, most));
  budget.lent = static_cast<unsigned>(std::min(budget.lent + 6 * things, most));
  return budget;
}

// Why a worker has left, when it hasn't said so itself.
constexpr const char* closed = "the connection was closed";

class MembershipServer final : public rpc::Membership::Server {
 public:
  MembershipServer(Dispatcher& dispatcher, std::uint64_t worker) : dispatcher_(dispatcher), worker_(worker) {}
  ~MembershipServer() noexcept { dispatcher_.remove_worker(worker_, DepartedWorker::End::killed, closed); }

 protected:
  kj::Promise<void> heartbeat(HeartbeatContext context) override {
    return method([&]() -> kj::Promise<void> {
      dispatcher_.heartbeat(worker_, context.getParams().getStatus());
      return kj::READY_NOW;
    });
  }

  kj::Promise<void> leave(LeaveContext context) override {
    dispatcher_.remove_worker(worker_, DepartedWorker::End::stopped,
                              wire::text(context.getParams().getHow()));
    return kj::READY_NOW;
  }

 private:
  Dispatcher& dispatcher_;
  std::uint64_t worker_;
};

class MasterServer final : public rpc::Master::Server {
 public:
  MasterServer(MasterState& state, kj::AsyncIoStream& connection, std::shared_ptr<Newcomers::Visit> visit,
               bool is_local)
      : state_(state),
        connection_(connection),
        visit_(std::move(visit)),
        peer_(transport::peer_of(connection)),
        is_local_(is_local) {}

 protected:
  kj::Promise<void> openSession(OpenSessionContext context) override {
    return method([&]() -> kj::Promise<void> {
      check_names(context.getParams().getClient());
      check_room();
      write_info(context.getResults().initMaster(), state_);
      context.getResults().setSession(make_client_session(
          state_, wire::read(context.getParams().getClient()), peer_, transport::Line(connection_),
          [this](auto leave) { return visit_->sign_in(budget_of_clients(state_.options.limits), leave); }));
      return kj::READY_NOW;
    });
  }

  kj::Promise<void> join(JoinContext context) override {
    return method([&]() -> kj::Promise<void> {
      check_names(context.getParams().getWorker());
      check_alone();
      state_.join_gate.admit(peer_, is_local_, context.getParams().getSecret());
      take_in(context);
      return kj::READY_NOW;
    });
  }

  kj::Promise<void> localSocket(LocalSocketContext context) override {
    if (!is_local_) context.getResults().setName(state_.local_socket);
    return kj::READY_NOW;
  }

  kj::Promise<void> farewell(FarewellContext context) override {
    const auto params = context.getParams();
    state_.dispatcher.crashed(FarewellKey::received(params.getKey()), wire::text(params.getHow()));
    return kj::READY_NOW;
  }

  kj::Promise<void> openAdmin(OpenAdminContext context) override {
    return method([&]() -> kj::Promise<void> {
      check_token(context.getParams().getToken());
      check_alone();
      spdlog::info("administrator connected peer={}", peer_);
      context.getResults().setAdmin(
          make_admin(state_, peer_, visit_->sign_in(transport::administrator_budget, [] {})));
      return kj::READY_NOW;
    });
  }

 private:
  // A wrong one is answered at once, for the reasons of JoinGate.
  void check_token(capnp::Text::Reader token) {
    if (state_.token.matches({token.begin(), token.size()})) return;
    if (const auto others = state_.wrong_tokens.due()) {
      spdlog::warn("wrong administrator's token peer={} others_before={}", peer_, *others);
    }
    throw Error(Fault::denied, "the token is not this master's");
  }

  // The worker that called join().
  void take_in(JoinContext& context) {
    const auto info = context.getParams().getWorker();
    if (info.getVersion() != version) {
      throw UserError(std::string("this master is of version ") + version + ", the worker of version " +
                      wire::text(info.getVersion(), longest_name));
    }
    if (info.getSlots() < 1 || info.getSlots() > 1024) throw UserError("a worker has 1 to 1024 slots");
    if (state_.dispatcher.workers() >= state_.options.limits.workers) {
      throw Error(Fault::failed, "this master has all the workers that it takes");
    }
    auto slabs = std::make_unique<host::SlabLink>();
    if (is_local_ && context.getParams().hasSlabs()) {
      slabs->sharer = std::make_unique<host::SlabSharer>(context.getParams().getSlabs());
      context.getResults().setSlabs(slabs->received.table());
    }
    auto pixels = std::make_unique<pixel_codec::PixelLink>(state_.packing, transport::LinkRate(connection_),
                                                           state_.options.packing);
    const auto worker = state_.dispatcher.add_worker(info, context.getParams().getNode(), peer_,
                                                     std::move(slabs), std::move(pixels));
    context.getResults().setFarewellKey(state_.dispatcher.farewell_key(worker).bytes());
    context.getResults().setCodec(codec_of(state_.options.packing));
    write_info(context.getResults().initMaster(), state_);
    context.getResults().setMembership(make_membership(worker));
  }

  rpc::Membership::Client make_membership(std::uint64_t worker) {
    auto& dispatcher = state_.dispatcher;
    auto signed_in = visit_->sign_in(transport::worker_budget, [&dispatcher, worker] {
      dispatcher.remove_worker(worker, DepartedWorker::End::killed, closed);
    });
    return kj::heap<MembershipServer>(dispatcher, worker).attach(kj::mv(signed_in));
  }

  // What a connection has is limited, so it can't have all that several clients have.
  void check_alone() const {
    if (visit_->is_signed_in()) throw UserError("this connection has signed in already; make another one");
  }

  // For another client.
  void check_room() const {
    check_alone();
    const auto& limits = state_.options.limits;
    const auto serves = [](unsigned count, const char* whose) {
      return Error(Fault::failed, "this master serves no more than " + std::to_string(count) + " clients " +
                                      whose + "at a time");
    };
    if (state_.clients.size() >= limits.clients) throw serves(limits.clients, "");
    const std::string host = transport::parse_endpoint(peer_).host;
    if (state_.clients.count_at(host) >= limits.clients_per_address) {
      throw serves(limits.clients_per_address, "of one address ");
    }
  }

  MasterState& state_;
  kj::AsyncIoStream& connection_;
  std::shared_ptr<Newcomers::Visit> visit_;
  std::string peer_;
  bool is_local_;
};

}  // namespace

rpc::Master::Client make_service(MasterState& state, kj::AsyncIoStream& connection,
                                 std::shared_ptr<Newcomers::Visit> visit, bool is_local) {
  return kj::heap<MasterServer>(state, connection, std::move(visit), is_local);
}

}  // namespace tilework::master
