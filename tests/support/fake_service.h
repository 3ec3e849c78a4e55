// What a fake master offers over RPC. `State` is what its objects share: the behaviour, the record, and what
// is held. On the event loop's thread.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "schema/master.capnp.h"
#include "schema/transport/errors.h"
#include "schema/wire/client.h"
#include "schema/wire/list.h"
#include "schema/wire/recipe.h"
#include "tests/support/fake_admin.h"

namespace tilework::test::fake {

inline void fail_with(const std::optional<Error>& error) {
  if (error) kj::throwFatalException(transport::to_kj(*error));
}

template <class State>
class Sink final : public rpc::BlobSink::Server {
 public:
  explicit Sink(State& state) : state_(state) {}

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

class Image final : public rpc::Image::Server {};

template <class State>
class Source final : public rpc::BlobSource::Server {
 public:
  explicit Source(State& state) : state_(state) {}

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
class Job final : public rpc::Job::Server {
 public:
  Job(State& state, rpc::JobWatcher::Client watcher) : state_(state), watcher_(kj::mv(watcher)) {}

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
          context.getResults().setFile(kj::heap<Source<State>>(state_));
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
class Session final : public rpc::ClientSession::Server {
 public:
  explicit Session(State& state) : state_(state) {}

 protected:
  kj::Promise<void> filters(FiltersContext context) override {
    const auto& plugins = state_.behaviour.plugins;
    wire::write_list(context.getResults().initPlugins(static_cast<unsigned>(plugins.size())), plugins);
    return answer_call();
  }

  kj::Promise<void> upload(UploadContext context) override {
    fail_with(state_.behaviour.upload_error);
    state_.note([&](auto& record) {
      ++record.uploads_begun;
      record.image_name = context.getParams().getName();
    });
    context.getResults().setImage(kj::heap<Image>());
    if (context.getParams().hasBytes()) {
      const auto bytes = context.getParams().getBytes();
      state_.note([&](auto& record) { record.image.assign(bytes.asChars().begin(), bytes.size()); });
      return state_.hold(state_.behaviour.holds_upload);
    }
    context.getResults().setSink(kj::heap<Sink<State>>(state_));
    return kj::READY_NOW;
  }

  kj::Promise<void> submit(SubmitContext context) override {
    fail_with(state_.behaviour.submit_error);
    const auto job = context.getParams().getJob();
    state_.note([&](auto& record) {
      ++record.submitted;
      ++record.running;
      record.ids.push_back(job.getId());
      record.recipe = wire::read(job.getRecipe());
      record.format = job.getFormat();
      record.jpeg_quality = job.getJpegQuality();
      record.chroma = job.getChroma();
      record.compression = job.getCompression();
      record.lossless = job.getLossless();
    });
    context.getResults().setJob(kj::heap<Job<State>>(state_, context.getParams().getWatcher()));
    return kj::READY_NOW;
  }

  kj::Promise<void> status(StatusContext context) override {
    auto worker = context.getResults().initStatus().initWorkers(1)[0];
    worker.initInfo().setName("fake-worker");
    worker.getInfo().setSlots(3);
    return answer_call();
  }

  kj::Promise<void> ping(PingContext) override {
    state_.note([](auto& record) { ++record.pings; });
    fail_with(state_.behaviour.ping_error);
    return kj::READY_NOW;
  }

 private:
  kj::Promise<void> answer_call() {
    state_.note([](auto& record) { ++record.calls; });
    return state_.hold(state_.behaviour.holds_calls);
  }

  State& state_;
};

template <class State>
class Service final : public rpc::Master::Server {
 public:
  explicit Service(State& state) : state_(state) {}

 protected:
  kj::Promise<void> openSession(OpenSessionContext context) override {
    state_.note([&](auto& record) {
      ++record.sessions;
      record.client = wire::read(context.getParams().getClient());
    });
    context.getResults().setSession(kj::heap<Session<State>>(state_));
    return kj::READY_NOW;
  }

  kj::Promise<void> openAdmin(OpenAdminContext context) override {
    const auto& admin = state_.behaviour.admin;
    if (!admin) return rpc::Master::Server::openAdmin(context);
    if (context.getParams().getToken() != admin->token) fail_with(Error(Fault::denied, "wrong"));
    state_.note([](auto& record) { ++record.administrators; });
    context.getResults().setAdmin(make_fake_admin(*admin, [&state = state_](const std::string& action) {
      state.note([&](auto& record) { record.actions.push_back(action); });
    }));
    return kj::READY_NOW;
  }

 private:
  State& state_;
};

}  // namespace tilework::test::fake
