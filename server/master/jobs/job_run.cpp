#include "server/master/jobs/job_run.h"

#include <string>
#include <utility>

#include "schema/model/clean_text.h"
#include "schema/transport/blob.h"
#include "schema/transport/errors.h"
#include "schema/wire/finding.h"
#include "schema/wire/job.h"
#include "schema/wire/list.h"
#include "schema/wire/recipe.h"
#include "schema/wire/stage.h"
#include "server/logging/log.h"

namespace tilework::master {
namespace {

using State = rpc::JobState;

constexpr auto first_progress = 20 * kj::MILLISECONDS;
constexpr auto progress_interval = 50 * kj::MILLISECONDS;

JobSummary first_summary(const JobSpec& spec) {
  JobSummary summary;
  summary.id = spec.id;
  summary.image = spec.image_name;
  summary.client = spec.client_name;
  summary.client_id = spec.client;
  for (const auto& call : spec.recipe.calls) {
    summary.recipe += (summary.recipe.empty() ? "" : ", ") + call.filter;
  }
  return summary;
}

// By what is known before the file was opened.
engine::JobSize size_of(const JobSpec& spec) {
  return spec.image_bytes <= small_file ? engine::JobSize::small : engine::JobSize::large;
}

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
    auto counted = transport::method([this] { return run_->wait_for_outcome(); });
    return run_->outcome().then([context,
                                 counted = kj::mv(counted)](std::shared_ptr<JobOutcome>&& outcome) mutable {
      const bool is_small = outcome->bytes <= transport::blob_in_message;
      const std::size_t words = is_small ? outcome->bytes / sizeof(capnp::word) + 256 : 256;
      auto results = context.getResults(capnp::MessageSize{words, 1});
      auto result = results.initResult();
      result.setSize(outcome->bytes);
      result.setWidth(outcome->size.width);
      result.setHeight(outcome->size.height);
      auto notes = result.initNotes(static_cast<unsigned>(outcome->notes.size()));
      for (unsigned i = 0; i < notes.size(); ++i) notes.set(i, clean_line(outcome->notes[i], longest_line));
      result.setRunMicroseconds(static_cast<std::uint64_t>(outcome->run_time / kj::MICROSECONDS));
      result.setSegments(outcome->segments);
      result.setRetried(outcome->totals.retried);
      result.setWireBytes(outcome->totals.wire_bytes);
      wire::write_list(result.initFilters(static_cast<unsigned>(outcome->filters.size())), outcome->filters);
      wire::write_list(result.initFindings(static_cast<unsigned>(outcome->findings.size())),
                       outcome->findings);
      if (is_small) {
        transport::method([&] {
          transport::read_file(*outcome->file, 0, results.initBytes(static_cast<unsigned>(outcome->bytes)));
        });
      } else {
        results.setFile(kj::heap<ResultFile>(std::move(outcome)));
      }
    });
  }

  kj::Promise<void> cancel(CancelContext) override {
    run_->cancel();
    return kj::READY_NOW;
  }

 private:
  kj::Own<JobRun> run_;
};

std::set<std::string> digests_of(const BoundRecipe& recipe) {
  std::set<std::string> digests;
  for (const auto& call : recipe.calls) digests.insert(call.digest);
  return digests;
}

}  // namespace

JobRun::JobRun(JobServices& state, JobSpec spec, rpc::JobWatcher::Client watcher)
    : state_(state),
      watcher_(kj::mv(watcher)),
      summary_(first_summary(spec)),
      client_log_(spec.client_log),
      digests_(digests_of(spec.recipe)),
      submitted_(state.environment.timer.now()),
      tasks_(*this),
      outcome_(nullptr) {
  spdlog::info("job submitted job={} {} filters=\"{}\"", id(), client_log_, summary_.recipe);
  auto cancelled = kj::newPromiseAndFulfiller<std::shared_ptr<JobOutcome>>();
  cancel_ = kj::mv(cancelled.fulfiller);
  outcome_ =
      run(std::move(spec))
          .exclusiveJoin(kj::mv(cancelled.promise))
          .then(
              [this](std::shared_ptr<JobOutcome>&& outcome) {
                spdlog::info("job done job={} {} seconds={:.3f} segments={} retried={} wire_bytes={}", id(),
                             client_log_, static_cast<double>(outcome->run_time / kj::MICROSECONDS) * 1e-6,
                             outcome->segments, outcome->totals.retried, outcome->totals.wire_bytes);
                ended(State::DONE);
                return kj::mv(outcome);
              },
              [this](kj::Exception&& error) -> std::shared_ptr<JobOutcome> {
                const Error reason = transport::from_kj(error);
                spdlog::warn("job ended job={} {} reason={}", id(), client_log_, in_quotes(reason.what()));
                ended(reason.fault() == Fault::cancelled ? State::CANCELLED : State::FAILED, reason.what());
                kj::throwFatalException(kj::mv(error));
              })
          .fork();
  tasks_.add(outcome_.addBranch().ignoreResult());
  number_ = state_.jobs.add(*this);  // last: from here on the destructor takes it out again
}

// A session that ends drops its jobs before they can say that they have ended.
JobRun::~JobRun() noexcept {
  if (finished()) return;
  progress_ = progress();
  progress_.state = State::CANCELLED;
  summary_.reason = "its client left";
  state_.jobs.ended(number_, {summary(), submitted_});
}

kj::Promise<std::shared_ptr<JobOutcome>> JobRun::run(JobSpec spec) {
  auto place = state_.places.ask(spec.client, size_of(spec));
  auto& waits = *place;
  return waits.taken()
      .then([this, &waits, spec = std::move(spec)]() mutable {
        started_ = state_.environment.timer.now();
        job_ = kj::heap<Job>(
            state_.environment, std::move(spec), [this, &waits] { return grow(waits); }, [this] { tell(); },
            [this](cv::Size whole, cv::Rect at, const cv::Mat& pixels) { show(whole, at, pixels); });
        return job_->run();
      })
      .then([](JobOutcome&& outcome) { return std::make_shared<JobOutcome>(kj::mv(outcome)); })
      .attach(kj::mv(place));
}

// The wait begins again.
kj::Promise<void> JobRun::grow(Places::Place& place) {
  started_ = nullptr;
  return place.grow().then([this] { started_ = state_.environment.timer.now(); });
}

void JobRun::cancel(const std::string& reason) {
  cancel_->reject(transport::to_kj(Error(Fault::cancelled, reason)));
}

bool JobRun::finished() const {
  return progress_.state == State::DONE || progress_.state == State::FAILED ||
         progress_.state == State::CANCELLED;
}

void JobRun::ended(State state, const std::string& reason) {
  progress_ = progress();
  progress_.state = state;
  summary_.reason = reason;
  job_ = nullptr;
  state_.versions_released();
  state_.jobs.ended(number_, {summary(), submitted_});
  tell();
}

JobProgress JobRun::progress() const {
  if (finished() || job_.get() == nullptr) return progress_;
  JobProgress now = job_->progress();
  if (now.state == State::RUNNING && state_.dispatcher.usable_workers() == 0) now.state = State::WAITING;
  return now;
}

JobSummary JobRun::summary() const {
  JobSummary summary = summary_;
  const JobProgress now = progress();
  summary.state = static_cast<JobState>(now.state);
  summary.segments_done = now.done;
  summary.segments_total = now.total;
  KJ_IF_MAYBE (started, started_) {
    summary.run_time =
        std::chrono::milliseconds((state_.environment.timer.now() - *started) / kj::MILLISECONDS);
  }
  return summary;
}

// The first call comes a little later, so that nothing is told of a small job but its end.
void JobRun::tell() {
  if (!watched_) return;
  news_ = true;
  if (telling_) return;
  telling_ = true;
  const auto pause = told_ ? 0 * kj::MILLISECONDS : first_progress;
  tasks_.add(state_.environment.timer.afterDelay(pause).then([this] {
    if (told_ || !finished()) return tell_now();
    return kj::Promise<void>(kj::READY_NOW);
  }));
}

Counted JobRun::wait_for_outcome() {
  return {waits_, 4, "calls that wait for one job"};
}

// One call at a time, and not too often; what happens in between is told by the next.
kj::Promise<void> JobRun::tell_now() {
  told_ = true;
  news_ = false;
  const JobProgress now = progress();
  auto request = watcher_.progressRequest();
  auto progress = request.initProgress();
  progress.setState(now.state);
  progress.setSegmentsDone(now.done);
  progress.setSegmentsTotal(now.total);
  progress.setWorkers(static_cast<std::uint32_t>(state_.dispatcher.usable_workers()));
  return request.send()
      .ignoreResult()
      .then([this] { return state_.environment.timer.afterDelay(progress_interval); })
      .then(
          [this] {
            telling_ = false;
            if (news_) tell();
          },
          [this](kj::Exception&&) { watched_ = false; });
}

// The whole picture is small enough to wait in the connection.
void JobRun::show(cv::Size whole, cv::Rect place, const cv::Mat& pixels) {
  if (!watched_) return;
  const std::size_t bytes = pixels.total() * pixels.elemSize();
  auto request = watcher_.pieceRequest(capnp::MessageSize{bytes / sizeof(capnp::word) + 64, 0});
  request.initWhole().setWidth(whole.width);
  request.getWhole().setHeight(whole.height);
  wire::write(request.initPlace(), place);
  wire::write(request.initFormat(), PixelFormat::of(pixels));
  auto data = request.initPixels(static_cast<unsigned>(bytes));
  pixels.copyTo(cv::Mat(place.height, place.width, pixels.type(), data.begin()));
  tasks_.add(request.send().then([] {}, [this](kj::Exception&&) { watched_ = false; }));
}

// The outcome is told to whoever waits for it.
void JobRun::taskFailed(kj::Exception&&) {}

rpc::Job::Client make_job_server(kj::Own<JobRun> run) {
  return kj::heap<JobServer>(kj::mv(run));
}

}  // namespace tilework::master
