#include "server/worker/membership.h"

#include <algorithm>
#include <memory>

#include <spdlog/spdlog.h>

#include "schema/master.capnp.h"
#include "schema/model/version.h"
#include "schema/transport/connection.h"
#include "schema/transport/errors.h"
#include "server/worker/usage.h"
#include "server/worker/worker.h"

namespace tilework::worker {
namespace {

constexpr auto heartbeat_interval = 1 * kj::SECONDS;
constexpr auto heartbeat_deadline = 10 * kj::SECONDS;
constexpr auto first_pause = 100 * kj::MILLISECONDS;
constexpr auto longest_pause = 2 * kj::SECONDS;

class Joiner {
 public:
  Joiner(kj::AsyncIoProvider& io, const transport::Endpoint& master, const WorkerOptions& options,
         rpc::Worker::Client node)
      : io_(io), master_(master), options_(options), node_(kj::mv(node)) {}

  // Joins, stays until something fails, pauses, and begins again.
  kj::Promise<void> run() {
    return once()
        .catch_([this](kj::Exception&& error) {
          const std::string reason = transport::from_kj(error).what();
          if (joined_) {
            spdlog::warn("master lost master={} reason=\"{}\"", master_.text(), reason);
          } else if (!told_) {
            spdlog::warn("master not reachable yet master={} reason=\"{}\"", master_.text(), reason);
          }
          told_ = true;
        })
        .then([this] {
          pause_ = joined_ ? first_pause : std::min(pause_ * 2, longest_pause);
          joined_ = false;
          connection_ = nullptr;
          return io_.getTimer().afterDelay(pause_);
        })
        .then([this] { return run(); });
  }

 private:
  kj::Promise<void> once() {
    return io_.getNetwork()
        .parseAddress(master_.host, master_.port)
        .then(
            [](kj::Own<kj::NetworkAddress>&& address) { return address->connect().attach(kj::mv(address)); })
        .then([this](kj::Own<kj::AsyncIoStream>&& stream) {
          connection_ = kj::heap<transport::Connection>(kj::mv(stream), capnp::rpc::twoparty::Side::CLIENT,
                                                        transport::nothing());
          auto request = connection_->bootstrap().castAs<rpc::Master>().joinRequest();
          auto worker = request.initWorker();
          worker.setName(options_.name);
          worker.setSlots(options_.slots);
          worker.setVersion(version);
          request.setNode(node_);
          return io_.getTimer().timeoutAfter(heartbeat_deadline, request.send());
        })
        .then([this](auto&& answer) -> kj::Promise<void> {
          joined_ = true;
          told_ = false;
          spdlog::info("joined master={} slots={}", master_.text(), options_.slots);
          return stay(answer.getMembership()).exclusiveJoin(connection_->on_disconnect().then([]() {
            kj::throwFatalException(transport::to_kj(Error(Fault::unreachable, "the connection was closed")));
          }));
        });
  }

  kj::Promise<void> stay(rpc::Membership::Client membership) {
    auto request = membership.heartbeatRequest();
    const Usage usage = usage_now();
    auto status = request.initStatus();
    status.setResidentBytes(usage.resident_bytes);
    status.setCpuMicroseconds(usage.cpu_microseconds);
    return io_.getTimer()
        .timeoutAfter(heartbeat_deadline, request.send().ignoreResult())
        .then([this] { return io_.getTimer().afterDelay(heartbeat_interval); })
        .then([this, membership = kj::mv(membership)]() mutable { return stay(kj::mv(membership)); });
  }

  kj::AsyncIoProvider& io_;
  transport::Endpoint master_;
  const WorkerOptions& options_;
  rpc::Worker::Client node_;
  kj::Own<transport::Connection> connection_;
  bool joined_ = false;
  bool told_ = false;  // an unreachable master is logged once
  kj::Duration pause_ = first_pause;
};

}  // namespace

kj::Promise<void> stay_joined(kj::AsyncIoProvider& io, const transport::Endpoint& master,
                              const WorkerOptions& options, rpc::Worker::Client node) {
  auto joiner = kj::heap<Joiner>(io, master, options, kj::mv(node));
  auto promise = joiner->run();
  return promise.attach(kj::mv(joiner));
}

}  // namespace tilework::worker
