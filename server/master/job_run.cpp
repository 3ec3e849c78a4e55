#include "server/master/job_run.h"

#include <string>
#include <utility>

#include <spdlog/spdlog.h>

#include "schema/transport/blob.h"
#include "schema/transport/errors.h"
#include "schema/wire/job.h"
#include "schema/wire/recipe.h"

namespace tilework::master {
namespace {

using State = rpc::JobState;

constexpr auto progress_interval = 50 * kj::MILLISECONDS;

class ResultFile final : public rpc::BlobSource::Server {
 public:
  explicit ResultFile(std::shared_ptr<JobOutcome> outcome) : outcome_(std::move(outcome)) {}

 protected:
  kj::Promise<void> send(SendContext context) override {
    return transport::send_file(*outcome_->file, outcome_->bytes, context.getParams().getSink());
  }

 private:
  std::shared_ptr<JobOutcome> outcome_;
};

class JobServer final : public rpc::Job::Server {
 public:
  explicit JobServer(kj::Own<JobRun> run) : run_(kj::mv(run)) {}

 protected:
  kj::Promise<void> wait(WaitContext context) override {
    context.allowCancellation();
    return run_->outcome().then([context](std::shared_ptr<JobOutcome>&& outcome) mutable {
      auto result = context.getResults().initResult();
      result.setSize(outcome->bytes);
      result.setWidth(outcome->size.width);
      result.setHeight(outcome->size.height);
      auto notes = result.initNotes(static_cast<unsigned>(outcome->notes.size()));
      for (unsigned i = 0; i < notes.size(); ++i) notes.set(i, outcome->notes[i]);
      result.setRunMicroseconds(static_cast<std::uint64_t>(outcome->run_time / kj::MICROSECONDS));
      result.setSegments(outcome->segments);
      result.setRetried(outcome->retried);
      wire::write_list(result.initFilters(static_cast<unsigned>(outcome->filters.size())), outcome->filters);
      context.getResults().setFile(kj::heap<ResultFile>(std::move(outcome)));
    });
  }

  kj::Promise<void> cancel(CancelContext) override {
    run_->cancel();
    return kj::READY_NOW;
  }

 private:
  kj::Own<JobRun> run_;
};

}  // namespace

JobRun::JobRun(MasterState& state, JobSpec spec, rpc::JobWatcher::Client watcher)
    : state_(state), id_(spec.id), watcher_(kj::mv(watcher)), tasks_(*this), outcome_(nullptr) {
  auto cancelled = kj::newPromiseAndFulfiller<std::shared_ptr<JobOutcome>>();
  cancel_ = kj::mv(cancelled.fulfiller);
  outcome_ = run(std::move(spec))
                 .exclusiveJoin(kj::mv(cancelled.promise))
                 .then(
                     [this](std::shared_ptr<JobOutcome>&& outcome) {
                       spdlog::info("job done job={} seconds={:.3f} segments={} retried={}", id_,
                                    static_cast<double>(outcome->run_time / kj::MICROSECONDS) * 1e-6,
                                    outcome->segments, outcome->retried);
                       ended(State::DONE);
                       return kj::mv(outcome);
                     },
                     [this](kj::Exception&& error) -> std::shared_ptr<JobOutcome> {
                       const Error reason = transport::from_kj(error);
                       spdlog::warn("job ended job={} reason=\"{}\"", id_, reason.what());
                       ended(reason.fault() == Fault::cancelled ? State::CANCELLED : State::FAILED);
                       kj::throwFatalException(kj::mv(error));
                     })
                 .fork();
  tasks_.add(outcome_.addBranch().ignoreResult());
}

kj::Promise<std::shared_ptr<JobOutcome>> JobRun::run(JobSpec spec) {
  return state_.queue.wait().then(
      [this, spec = std::move(spec)](kj::Own<transport::TurnQueue::Turn>&& turn) mutable {
        job_ = kj::heap<Job>(state_.environment, std::move(spec), [this] { tell(); });
        return job_->run()
            .then([](JobOutcome&& outcome) { return std::make_shared<JobOutcome>(kj::mv(outcome)); })
            .attach(kj::mv(turn));
      });
}

void JobRun::cancel() {
  cancel_->reject(transport::to_kj(Error(Fault::cancelled, "the job was cancelled")));
}

bool JobRun::finished() const {
  return progress_.state == State::DONE || progress_.state == State::FAILED ||
         progress_.state == State::CANCELLED;
}

void JobRun::ended(State state) {
  if (job_.get() != nullptr) progress_ = job_->progress();
  progress_.state = state;
  job_ = nullptr;
  state_.versions_released();
  tell();
}

// One call at a time, and not too often; what happens in between is told by the next.
void JobRun::tell() {
  if (!watched_) return;
  news_ = true;
  if (telling_) return;
  telling_ = true;
  news_ = false;
  if (!finished() && job_.get() != nullptr) progress_ = job_->progress();
  auto request = watcher_.progressRequest();
  auto progress = request.initProgress();
  const bool waits = progress_.state == State::RUNNING && state_.dispatcher.workers() == 0;
  progress.setState(waits ? State::WAITING : progress_.state);
  progress.setSegmentsDone(progress_.done);
  progress.setSegmentsTotal(progress_.total);
  progress.setWorkers(static_cast<std::uint32_t>(state_.dispatcher.workers()));
  tasks_.add(request.send()
                 .ignoreResult()
                 .then([this] { return state_.environment.timer.afterDelay(progress_interval); })
                 .then(
                     [this] {
                       telling_ = false;
                       if (news_) tell();
                     },
                     [this](kj::Exception&&) { watched_ = false; }));
}

// The outcome is told to whoever waits for it.
void JobRun::taskFailed(kj::Exception&&) {}

rpc::Job::Client make_job_server(kj::Own<JobRun> run) {
  return kj::heap<JobServer>(kj::mv(run));
}

}  // namespace tilework::master
