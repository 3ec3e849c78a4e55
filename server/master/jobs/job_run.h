// A submitted job as its client sees it: it waits for its turn, runs, tells of its progress, and holds the
// result. On the event loop's thread.
#pragma once

#include <memory>
#include <set>
#include <string>

#include <kj/async.h>
#include <kj/refcount.h>

#include "schema/master.capnp.h"
#include "server/master/jobs/job.h"
#include "server/master/jobs/job_services.h"
#include "server/master/jobs/stored_image.h"

namespace tilework::master {

class JobRun final : public kj::Refcounted, private kj::TaskSet::ErrorHandler {
 public:
  // Queues the job at once. The state outlives it.
  JobRun(JobServices& state, JobSpec spec, rpc::JobWatcher::Client watcher);
  ~JobRun() noexcept;

  // The result, for as many as ask. Fails with the job's reason.
  kj::Promise<std::shared_ptr<JobOutcome>> outcome() { return outcome_.addBranch(); }
  // One that waits for it, for as long as this lives: they are all answered at once. Throws UserError.
  Counted wait_for_outcome();
  // Ends it, unless it has ended. The reason is for its client.
  void cancel(const std::string& reason = "the job was cancelled");
  bool finished() const;
  // There is something new to tell its watcher.
  void tell();

  const std::string& id() const { return summary_.id; }
  kj::TimePoint submitted() const { return submitted_; }
  bool uses(const std::string& digest) const { return digests_.contains(digest); }
  // As it is now, but for its age.
  JobSummary summary() const;

 private:
  kj::Promise<std::shared_ptr<JobOutcome>> run(JobSpec spec);
  kj::Promise<void> grow(Places::Place& place);
  void ended(rpc::JobState state, const std::string& reason = {});
  JobProgress progress() const;
  kj::Promise<void> tell_now();
  void show(cv::Size whole, cv::Rect place, const cv::Mat& pixels);
  void taskFailed(kj::Exception&& exception) override;

  JobServices& state_;
  rpc::JobWatcher::Client watcher_;
  JobSummary summary_;                   // what doesn't change while it runs
  const std::string client_log_;         // how the log names its client
  const std::set<std::string> digests_;  // of its plugins
  kj::TimePoint submitted_;
  kj::Maybe<kj::TimePoint> started_;
  std::uint64_t number_ = 0;  // in the table of jobs
  JobProgress progress_;
  bool telling_ = false;  // a call to the watcher is under way
  bool news_ = false;     // since that call
  bool told_ = false;     // at least once
  bool watched_ = true;
  std::shared_ptr<unsigned> waits_ = std::make_shared<unsigned>(0);
  kj::Own<kj::PromiseFulfiller<std::shared_ptr<JobOutcome>>> cancel_;
  kj::Own<Job> job_;
  kj::TaskSet tasks_;
  kj::ForkedPromise<std::shared_ptr<JobOutcome>> outcome_;
};

rpc::Job::Client make_job_server(kj::Own<JobRun> run);

}  // namespace tilework::master
