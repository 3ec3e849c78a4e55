#include "tests/support/fake_master.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <utility>

#include "client/session/rpc_thread.h"
#include "schema/transport/connection.h"
#include "tests/support/fake_service.h"

namespace tilework::test {

// What the servers share. On the event loop's thread, but for the record.
class FakeMaster::State {
 public:
  explicit State(FakeBehaviour from) : behaviour(std::move(from)), greeting(behaviour.greeting) {}

  template <class Change>
  void note(Change change) {
    {
      const std::lock_guard lock(mutex);
      change(record);
      record.most_running = std::max(record.most_running, record.running);
    }
    changed.notify_all();
  }

  kj::Promise<void> hold(bool held) {
    if (!held || released) return kj::READY_NOW;
    auto pair = kj::newPromiseAndFulfiller<void>();
    holding.push_back(kj::mv(pair.fulfiller));
    return kj::mv(pair.promise);
  }

  const FakeBehaviour behaviour;
  FakeBehaviour::Greeting greeting;
  bool released = false;
  std::vector<kj::Own<kj::PromiseFulfiller<void>>> holding;

  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  FakeRecord record;
};

class FakeMaster::Impl {
 public:
  explicit Impl(FakeBehaviour behaviour) : state(std::move(behaviour)) {
    std::promise<std::uint16_t> port;
    thread.post([this, &port](kj::AsyncIoContext& io) {
      server = std::make_unique<Server>(state, io);
      port.set_value(static_cast<std::uint16_t>(server->listener->getPort()));
    });
    endpoint = {"127.0.0.1", port.get_future().get()};
  }
  ~Impl() {
    thaw();
    thread.post([this](kj::AsyncIoContext&) {
      server = nullptr;
      state.holding.clear();
    });
  }

  // Blocks the thread, and with it everything that would be answered.
  void freeze() {
    thread.post([this](kj::AsyncIoContext&) {
      std::unique_lock lock(state.mutex);
      frozen = true;
      state.changed.notify_all();
      state.changed.wait(lock, [this] { return !frozen; });
    });
    std::unique_lock lock(state.mutex);
    state.changed.wait(lock, [this] { return frozen; });
  }
  void thaw() {
    const std::lock_guard lock(state.mutex);
    frozen = false;
    state.changed.notify_all();
  }

  struct Server {
    Server(State& state, kj::AsyncIoContext& io)
        : state(state),
          listener(io.provider->getNetwork().parseAddress("127.0.0.1", 0).wait(io.waitScope)->listen()),
          accepting(accept().eagerlyEvaluate(nullptr)) {}

    kj::Promise<void> accept() {
      return listener->accept().then([this](kj::Own<kj::AsyncIoStream>&& stream) {
        if (state.greeting != FakeBehaviour::Greeting::normal) {
          state.note([](auto& record) { ++record.turned_away; });
        }
        switch (state.greeting) {
          case FakeBehaviour::Greeting::normal:
            connections.push_back(kj::heap<transport::Connection>(
                kj::mv(stream), capnp::rpc::twoparty::Side::SERVER, kj::heap<fake::Service<State>>(state),
                transport::fixed(transport::client_budget)));
            break;
          case FakeBehaviour::Greeting::silent:
            silent.push_back(kj::mv(stream));
            break;
          case FakeBehaviour::Greeting::hangs_up:
            break;
        }
        return accept();
      });
    }

    State& state;
    kj::Own<kj::ConnectionReceiver> listener;
    std::vector<kj::Own<transport::Connection>> connections;
    std::vector<kj::Own<kj::AsyncIoStream>> silent;
    kj::Promise<void> accepting;
  };

  State state;
  transport::Endpoint endpoint;
  bool frozen = false;             // under the state's mutex
  std::unique_ptr<Server> server;  // touched on the thread alone
  client::RpcThread thread;        // last: it ends first
};

FakeMaster::FakeMaster(FakeBehaviour behaviour) : impl_(std::make_unique<Impl>(std::move(behaviour))) {}

FakeMaster::~FakeMaster() = default;

transport::Endpoint FakeMaster::endpoint() const {
  return impl_->endpoint;
}

FakeRecord FakeMaster::record() const {
  const std::lock_guard lock(impl_->state.mutex);
  return impl_->state.record;
}

bool FakeMaster::wait_until(const std::function<bool(const FakeRecord&)>& condition) const {
  std::unique_lock lock(impl_->state.mutex);
  return impl_->state.changed.wait_for(lock, std::chrono::seconds(30),
                                       [&] { return condition(impl_->state.record); });
}

void FakeMaster::release() {
  impl_->thread.post([impl = impl_.get()](kj::AsyncIoContext&) {
    impl->state.released = true;
    for (auto& held : impl->state.holding) held->fulfill();
    impl->state.holding.clear();
  });
}

void FakeMaster::drop_connections() {
  impl_->thread.post([impl = impl_.get()](kj::AsyncIoContext&) { impl->server->connections.clear(); });
}

void FakeMaster::greet(FakeBehaviour::Greeting greeting) {
  impl_->thread.post(
      [impl = impl_.get(), greeting](kj::AsyncIoContext&) { impl->state.greeting = greeting; });
}

void FakeMaster::freeze() {
  impl_->freeze();
}

void FakeMaster::thaw() {
  impl_->thaw();
}

}  // namespace tilework::test
