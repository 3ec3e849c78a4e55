// One try of a job at one master, from the upload to the output in its place. On the RPC thread.
#pragma once

#include <chrono>
#include <memory>

#include <kj/async.h>

#include "client/session/input_file.h"
#include "client/session/job.h"
#include "client/session/link.h"
#include "client/session/output_file.h"

namespace tilework::client {

class JobTask {
 public:
  // The link, the spec and the input outlive the task. Throws tilework::Error when the output can't be
  // written: before anything is uploaded.
  JobTask(Link& link, const JobSpec& spec, const InputFile& input, JobObserver observer)
      : link_(link),
        spec_(spec),
        input_(input),
        observer_(std::make_shared<JobObserver>(std::move(observer))),
        output_(spec.output_file ? OutputFile(*spec.output_file) : OutputFile(spec.output, spec.id)) {}
  // Ends the job on the master too, unless it is done; nothing is left of the output.
  ~JobTask() noexcept;
  KJ_DISALLOW_COPY(JobTask);

  // Called once. Dropping the promise stops the work.
  kj::Promise<JobOutcome> run();

 private:
  using Clock = std::chrono::steady_clock;

  kj::Promise<void> upload();
  kj::Promise<void> process();
  kj::Promise<void> download();
  // The time since the last lap.
  std::chrono::microseconds lap();

  Link& link_;
  const JobSpec& spec_;
  const InputFile& input_;
  std::shared_ptr<JobObserver> observer_;  // of this try: what comes late from another master is not told
  OutputFile output_;
  Clock::time_point lap_start_ = Clock::now();

  kj::Maybe<rpc::Image::Client> image_;
  kj::Maybe<rpc::Job::Client> job_;  // while it is not done
  kj::Maybe<rpc::BlobSource::Client> file_;
  kj::Array<kj::byte> bytes_;  // of a small result, instead of the file
  std::shared_ptr<std::uint64_t> received_ =
      std::make_shared<std::uint64_t>(0);  // set at the end of the file
  JobOutcome outcome_;
};

}  // namespace tilework::client
