// One job, from opening the input to its end: at the master that there is, and at the next one each time that
// it is lost. On the RPC thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kj/async.h>
#include <kj/io.h>

#include "client/session/job.h"
#include "client/session/job_task.h"
#include "client/session/link_keeper.h"

namespace tilework::client {

class MovingJob {
 public:
  // The keeper outlives the job. `moves` is how often it goes on elsewhere before it is given up.
  MovingJob(LinkKeeper& links, JobSpec spec, JobObserver observer, unsigned moves)
      : links_(links), spec_(std::move(spec)), observer_(std::move(observer)), moves_(moves) {}
  KJ_DISALLOW_COPY(MovingJob);

  // Called once. Fails with tilework::Error in KJ's clothes. Dropping the promise stops the work.
  kj::Promise<JobOutcome> run();

 private:
  using Clock = std::chrono::steady_clock;

  kj::Promise<JobOutcome> try_at(std::shared_ptr<Link> link);
  kj::Promise<JobOutcome> move();
  Error carried_round() const;
  JobOutcome finished(JobOutcome outcome);

  LinkKeeper& links_;
  JobSpec spec_;
  JobObserver observer_;
  const unsigned moves_;
  Clock::time_point begin_;  // of the first try, and of this one
  Clock::time_point try_begin_;
  std::vector<std::string> masters_;

  // Open all the time, so that each master gets the same file, whatever its name stands for by then.
  InputFile input_;
  std::shared_ptr<Link> link_;
  std::optional<JobTask> task_;  // goes before its link
};

}  // namespace tilework::client
