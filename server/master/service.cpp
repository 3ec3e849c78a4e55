#include "server/master/service.h"

#include <utility>

#include "schema/model/version.h"
#include "schema/transport/errors.h"
#include "schema/transport/line.h"
#include "schema/transport/link_rate.h"
#include "schema/transport/peer.h"
#include "schema/transport/turn_queue.h"
#include "schema/wire/client.h"
#include "schema/wire/recipe.h"
#include "schema/wire/text.h"
#include "server/logging/log.h"
#include "server/master/admin_service.h"
#include "server/master/client_session.h"

namespace tilework::master {

namespace {

using transport::method;

// What a wrong token costs.
constexpr auto pause_after_wrong_token = 1 * kj::SECONDS;

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

class MembershipServer final : public rpc::Membership::Server {
 public:
  MembershipServer(Dispatcher& dispatcher, std::uint64_t worker) : dispatcher_(dispatcher), worker_(worker) {}
  ~MembershipServer() noexcept {
    dispatcher_.remove_worker(worker_, DepartedWorker::End::killed, "the connection was closed");
  }

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
      if (state_.clients.size() >= state_.options.limits.clients) {
        throw Error(Fault::failed, "this master serves no more than " +
                                       std::to_string(state_.options.limits.clients) + " clients at a time");
      }
      write_info(context.getResults().initMaster(), state_);
      context.getResults().setSession(make_client_session(state_, wire::read(context.getParams().getClient()),
                                                          peer_, transport::Line(connection_),
                                                          visit_->sign_in()));
      return kj::READY_NOW;
    });
  }

  kj::Promise<void> join(JoinContext context) override {
    return method([&]() -> kj::Promise<void> {
      const auto info = context.getParams().getWorker();
      if (info.getVersion() != version) {
        throw UserError(std::string("this master is of version ") + version + ", the worker of version " +
                        info.getVersion().cStr());
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
      context.getResults().setMembership(
          kj::heap<MembershipServer>(state_.dispatcher, worker).attach(visit_->sign_in()));
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

  // Not cancellable: who guesses and doesn't wait for the answer has to wait for the next one.
  kj::Promise<void> openAdmin(OpenAdminContext context) override {
    return guesses_.wait().then([this, context](auto&& turn) mutable -> kj::Promise<void> {
      const auto token = context.getParams().getToken();
      if (state_.token.matches({token.begin(), token.size()})) {
        spdlog::info("administrator connected peer={}", peer_);
        context.getResults().setAdmin(make_admin(state_, peer_, visit_->sign_in()));
        return kj::READY_NOW;
      }
      spdlog::warn("wrong administrator's token peer={}", peer_);
      return state_.environment.timer.afterDelay(pause_after_wrong_token)
          .attach(kj::mv(turn))
          .then([]() -> kj::Promise<void> {
            return transport::to_kj(Error(Fault::denied, "the token is not this master's"));
          });
    });
  }

 private:
  MasterState& state_;
  kj::AsyncIoStream& connection_;
  std::shared_ptr<Newcomers::Visit> visit_;
  std::string peer_;
  bool is_local_;
  transport::TurnQueue guesses_{1};  // guesses that come together are looked at one after the other
};

}  // namespace

rpc::Master::Client make_service(MasterState& state, kj::AsyncIoStream& connection,
                                 std::shared_ptr<Newcomers::Visit> visit, bool is_local) {
  return kj::heap<MasterServer>(state, connection, std::move(visit), is_local);
}

}  // namespace tilework::master
