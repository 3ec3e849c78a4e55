#include "tests/support/fake_master.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <utility>

#include "client/session/rpc_thread.h"
#include "schema/master.capnp.h"
#include "schema/transport/connection.h"
#include "schema/transport/errors.h"
#include "schema/wire/recipe.h"

namespace tilework::test {

// What the servers share. On the event loop's thread, but for the record.
class FakeMaster::State {
 public:
  explicit State(FakeBehaviour behaviour) : behaviour(std::move(behaviour)) {}

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
  bool released = false;
  std::vector<kj::Own<kj::PromiseFulfiller<void>>> holding;

  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  FakeRecord record;
};

namespace {

using transport::method;

void fail_with(const std::optional<Error>& error) {
  if (error) kj::throwFatalException(transport::to_kj(*error));
}

template <class State>
class FakeSink final : public rpc::BlobSink::Server {
 public:
  explicit FakeSink(State& state) : state_(state) {}

 protected:
  kj::Promise<void> write(WriteContext context) override {
    const auto bytes = context.getParams().getBytes();
    file_.append(reinterpret_cast<const char*>(bytes.begin()), bytes.size());
    return state_.hold(state_.behaviour.holds_upload);
  }
  kj::Promise<void> done(DoneContext) override {
    state_.note([&](auto& record) { record.image = file_; });
    return kj::READY_NOW;
  }

 private:
  State& state_;
  std::string file_;
};

class FakeImage final : public rpc::Image::Server {};

template <class State>
class FakeSource final : public rpc::BlobSource::Server {
 public:
  explicit FakeSource(State& state) : state_(state) {}

 protected:
  kj::Promise<void> send(SendContext context) override {
    auto sink = context.getParams().getSink();
    auto request = sink.writeRequest();
    const auto& file = state_.behaviour.file;
    request.setBytes({reinterpret_cast<const kj::byte*>(file.data()), file.size()});
    return request.send()
        .then([this] {
          state_.note([](auto& record) { ++record.downloads_begun; });
          return state_.hold(state_.behaviour.holds_download);
        })
        .then([this, sink]() mutable -> kj::Promise<void> {
          if (!state_.behaviour.ends_file) return kj::READY_NOW;
          return sink.doneRequest().send().ignoreResult();
        });
  }

 private:
  State& state_;
};

template <class State>
class FakeJob final : public rpc::Job::Server {
 public:
  FakeJob(State& state, rpc::JobWatcher::Client watcher) : state_(state), watcher_(kj::mv(watcher)) {}

 protected:
  kj::Promise<void> wait(WaitContext context) override {
    context.allowCancellation();
    return state_.hold(state_.behaviour.holds_jobs)
        .then([this] { return tell(0); })
        .then([this, context]() mutable {
          state_.note([](auto& record) { --record.running; });
          fail_with(state_.behaviour.job_error);
          auto result = context.getResults().initResult();
          result.setSize(state_.behaviour.announced.value_or(state_.behaviour.file.size()));
          const auto& notes = state_.behaviour.notes;
          auto list = result.initNotes(static_cast<unsigned>(notes.size()));
          for (unsigned i = 0; i < list.size(); ++i) list.set(i, notes[i]);
          context.getResults().setFile(kj::heap<FakeSource<State>>(state_));
        });
  }

  kj::Promise<void> cancel(CancelContext) override {
    state_.note([](auto& record) {
      ++record.cancelled;
      --record.running;
    });
    return kj::READY_NOW;
  }

 private:
  kj::Promise<void> tell(std::size_t index) {
    if (index == state_.behaviour.progress.size()) return kj::READY_NOW;
    const auto& from = state_.behaviour.progress[index];
    auto request = watcher_.progressRequest();
    auto to = request.initProgress();
    to.setState(static_cast<rpc::JobState>(from.state));
    to.setSegmentsDone(from.segments_done);
    to.setSegmentsTotal(from.segments_total);
    to.setWorkers(from.workers);
    return request.send().ignoreResult().then([this, index] { return tell(index + 1); });
  }

  State& state_;
  rpc::JobWatcher::Client watcher_;
};

template <class State>
class FakeSession final : public rpc::ClientSession::Server {
 public:
  explicit FakeSession(State& state) : state_(state) {}

 protected:
  kj::Promise<void> filters(FiltersContext context) override {
    const auto& plugins = state_.behaviour.plugins;
    wire::write_list(context.getResults().initPlugins(static_cast<unsigned>(plugins.size())), plugins);
    return kj::READY_NOW;
  }

  kj::Promise<void> upload(UploadContext context) override {
    fail_with(state_.behaviour.upload_error);
    state_.note([&](auto& record) {
      ++record.uploads_begun;
      record.image_name = context.getParams().getName();
    });
    context.getResults().setSink(kj::heap<FakeSink<State>>(state_));
    context.getResults().setImage(kj::heap<FakeImage>());
    return kj::READY_NOW;
  }

  kj::Promise<void> submit(SubmitContext context) override {
    fail_with(state_.behaviour.submit_error);
    const auto job = context.getParams().getJob();
    state_.note([&](auto& record) {
      ++record.submitted;
      ++record.running;
      record.recipe = wire::read(job.getRecipe());
      record.format = job.getFormat();
      record.jpeg_quality = job.getJpegQuality();
    });
    context.getResults().setJob(kj::heap<FakeJob<State>>(state_, context.getParams().getWatcher()));
    return kj::READY_NOW;
  }

  kj::Promise<void> status(StatusContext context) override {
    auto worker = context.getResults().initStatus().initWorkers(1)[0];
    worker.initInfo().setName("fake-worker");
    worker.getInfo().setSlots(3);
    return kj::READY_NOW;
  }

 private:
  State& state_;
};

template <class State>
class FakeService final : public rpc::Master::Server {
 public:
  explicit FakeService(State& state) : state_(state) {}

 protected:
  kj::Promise<void> openSession(OpenSessionContext context) override {
    state_.note([](auto& record) { ++record.sessions; });
    context.getResults().setSession(kj::heap<FakeSession<State>>(state_));
    return kj::READY_NOW;
  }

 private:
  State& state_;
};

}  // namespace

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
    thread.post([this](kj::AsyncIoContext&) {
      server = nullptr;
      state.holding.clear();
    });
  }

  struct Server {
    Server(State& state, kj::AsyncIoContext& io)
        : state(state),
          listener(io.provider->getNetwork().parseAddress("127.0.0.1", 0).wait(io.waitScope)->listen()),
          accepting(accept().eagerlyEvaluate(nullptr)) {}

    kj::Promise<void> accept() {
      return listener->accept().then([this](kj::Own<kj::AsyncIoStream>&& stream) {
        switch (state.behaviour.greeting) {
          case FakeBehaviour::Greeting::normal:
            connections.push_back(kj::heap<transport::Connection>(
                kj::mv(stream), capnp::rpc::twoparty::Side::SERVER, kj::heap<FakeService<State>>(state)));
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

}  // namespace tilework::test
