// One job, from opening the input to storing the output. On the RPC thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include <kj/async.h>
#include <kj/io.h>

#include "client/session/connect.h"
#include "client/session/job.h"
#include "client/session/output_file.h"

namespace tilework::client {

class JobTask {
 public:
  JobTask(std::shared_ptr<Link> link, JobSpec spec, std::shared_ptr<JobObserver> observer)
      : link_(std::move(link)), spec_(std::move(spec)), observer_(std::move(observer)) {}
  // Ends the job on the master too, unless it is done; nothing is left of the output.
  ~JobTask() noexcept;
  KJ_DISALLOW_COPY(JobTask);

  // Called once. Fails with tilework::Error in KJ's clothes. Dropping the promise stops the work.
  kj::Promise<JobOutcome> run();

 private:
  using Clock = std::chrono::steady_clock;

  void open_files();
  kj::Promise<void> upload();
  kj::Promise<void> process();
  kj::Promise<void> download();
  // The time since the last lap.
  std::chrono::microseconds lap();

  std::shared_ptr<Link> link_;
  JobSpec spec_;
  std::shared_ptr<JobObserver> observer_;
  Clock::time_point lap_start_ = Clock::now();

  kj::AutoCloseFd input_;
  std::uint64_t input_bytes_ = 0;
  std::optional<OutputFile> output_;
  kj::Maybe<rpc::Image::Client> image_;
  kj::Maybe<rpc::Job::Client> job_;  // while it is not done
  kj::Maybe<rpc::BlobSource::Client> file_;
  std::shared_ptr<std::uint64_t> received_ =
      std::make_shared<std::uint64_t>(0);  // set at the end of the file
  JobOutcome outcome_;
};

}  // namespace tilework::client
