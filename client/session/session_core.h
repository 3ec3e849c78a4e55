// The half of a session that lives on the RPC thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <kj/async-io.h>

#include "client/session/answer.h"
#include "client/session/connect.h"
#include "client/session/job.h"
#include "client/session/session.h"
#include "schema/transport/turn_queue.h"

namespace tilework::client {

class SessionCore final : public kj::TaskSet::ErrorHandler {
 public:
  // The provider outlives the core.
  SessionCore(kj::AsyncIoProvider& io, std::vector<transport::Endpoint> masters, SessionOptions options)
      : io_(io),
        masters_(std::move(masters)),
        options_(std::move(options)),
        turns_(options_.jobs_at_once),
        watching_(*this),
        tasks_(kj::heap<kj::TaskSet>(*this)) {}
  KJ_DISALLOW_COPY(SessionCore);

  void filters(Answer<std::vector<PluginDescription>> answer);
  void status(Answer<ClusterStatus> answer);
  void apply(JobSpec spec, JobObserver observer, Answer<JobOutcome> answer);
  void cancel(const std::string& id);
  void cancel_all();

 private:
  kj::Promise<std::shared_ptr<Link>> link();
  void watch(const std::shared_ptr<Link>& link);
  template <class Value>
  void settle(kj::Promise<Value> promise, Answer<Value> answer);
  void taskFailed(kj::Exception&&) override {}  // told to whoever waits for the answer

  kj::AsyncIoProvider& io_;
  std::vector<transport::Endpoint> masters_;
  SessionOptions options_;
  transport::TurnQueue turns_;
  kj::Maybe<kj::ForkedPromise<std::shared_ptr<Link>>> link_;  // null before the first and after a lost one
  std::uint64_t link_number_ = 0;
  std::map<std::string, kj::Own<kj::PromiseFulfiller<JobOutcome>>> cancels_;  // by job
  kj::TaskSet watching_;
  kj::Own<kj::TaskSet> tasks_;  // a call or a job each; dropping one cancels it
};

}  // namespace tilework::client
