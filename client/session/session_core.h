// The half of a session that lives on the RPC thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <kj/async-io.h>

#include "client/session/answer.h"
#include "client/session/job.h"
#include "client/session/link_keeper.h"
#include "client/session/picture_desk.h"
#include "client/session/session.h"
#include "schema/transport/turn_queue.h"

namespace tilework::client {

class SessionCore final : public kj::TaskSet::ErrorHandler {
 public:
  // The provider outlives the core.
  SessionCore(kj::AsyncIoProvider& io, std::vector<transport::Endpoint> masters, SessionOptions options)
      : options_(std::move(options)),
        links_(io, std::move(masters), options_),
        pictures_(links_, options_.moves),
        turns_(options_.jobs_at_once),
        tasks_(kj::heap<kj::TaskSet>(*this)) {}
  KJ_DISALLOW_COPY(SessionCore);

  void filters(std::uint64_t known, Answer<FilterList> answer);
  void status(Answer<ClusterStatus> answer);
  void apply(JobSpec spec, JobObserver observer, Answer<JobOutcome> answer);
  void cancel(const std::string& id);
  void cancel_all();
  PictureDesk& pictures() { return pictures_; }

 private:
  // Makes a call on a session, and once more when the connection is lost, if it may be made `again`.
  template <class Value, class Call>
  kj::Promise<Value> call(Call make, bool again = true);
  template <class Value>
  void settle(kj::Promise<Value> promise, Answer<Value> answer);
  void taskFailed(kj::Exception&&) override {}  // told to whoever waits for the answer

  SessionOptions options_;
  LinkKeeper links_;
  PictureDesk pictures_;
  transport::TurnQueue turns_;
  std::map<std::string, kj::Own<kj::PromiseFulfiller<JobOutcome>>> cancels_;  // by job
  kj::Own<kj::TaskSet> tasks_;  // a call or a job each; dropping one cancels it
};

}  // namespace tilework::client
