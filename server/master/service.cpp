#include "server/master/service.h"

#include <utility>

#include <spdlog/spdlog.h>

#include "schema/model/version.h"
#include "schema/transport/errors.h"
#include "schema/wire/recipe.h"
#include "server/master/client_session.h"

namespace tilework::master {

namespace {

using transport::method;

void write_info(rpc::MasterInfo::Builder to, const MasterState& state) {
  to.setVersion(version);
  to.setEpoch(state.epoch);
}

class MembershipServer final : public rpc::Membership::Server {
 public:
  MembershipServer(Dispatcher& dispatcher, std::uint64_t worker) : dispatcher_(dispatcher), worker_(worker) {}
  ~MembershipServer() noexcept { dispatcher_.remove_worker(worker_, "the connection was closed"); }

 protected:
  kj::Promise<void> heartbeat(HeartbeatContext context) override {
    return method([&]() -> kj::Promise<void> {
      dispatcher_.heartbeat(worker_, context.getParams().getStatus());
      return kj::READY_NOW;
    });
  }

 private:
  Dispatcher& dispatcher_;
  std::uint64_t worker_;
};

class MasterServer final : public rpc::Master::Server {
 public:
  explicit MasterServer(MasterState& state) : state_(state) {}

 protected:
  kj::Promise<void> openSession(OpenSessionContext context) override {
    return method([&]() -> kj::Promise<void> {
      if (state_.clients >= state_.options.limits.clients) {
        throw Error(Fault::failed, "this master serves no more than " +
                                       std::to_string(state_.options.limits.clients) + " clients at a time");
      }
      write_info(context.getResults().initMaster(), state_);
      context.getResults().setSession(make_client_session(state_, context.getParams().getClient().getName()));
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
      const auto worker = state_.dispatcher.add_worker(info, context.getParams().getNode());
      write_info(context.getResults().initMaster(), state_);
      context.getResults().setMembership(kj::heap<MembershipServer>(state_.dispatcher, worker));
      return kj::READY_NOW;
    });
  }

 private:
  MasterState& state_;
};

}  // namespace

rpc::Master::Client make_service(MasterState& state) {
  return kj::heap<MasterServer>(state);
}

}  // namespace tilework::master
