#include "client/session/session_core.h"

#include <utility>

#include "client/session/moving_job.h"
#include "schema/transport/errors.h"
#include "schema/wire/job.h"
#include "schema/wire/recipe.h"

namespace tilework::client {

// A call that changes nothing may be made again.
template <class Value, class Call>
kj::Promise<Value> SessionCore::call(Call make, bool again) {
  return links_.link().then([this, make, again](std::shared_ptr<Link>&& link) {
    auto answer = link->unless_lost<Value>(make(link->session()));
    return answer.catch_([this, make, again, link](kj::Exception&& error) -> kj::Promise<Value> {
      if (is_loss(error)) links_.forget(*link);
      if (is_loss(error) && again) return call<Value>(make, false);
      return transport::to_kj(link->explain(error));
    });
  });
}

template <class Value>
void SessionCore::settle(kj::Promise<Value> promise, Answer<Value> answer) {
  auto shared = std::make_shared<Answer<Value>>(std::move(answer));
  tasks_->add(promise
                  .then([shared](Value&& value) { shared->give(std::move(value)); },
                        [shared](kj::Exception&& error) { shared->fail(transport::from_kj(error)); })
                  .then([this] {
                    if (options_.answered) options_.answered();
                  }));
}

void SessionCore::filters(std::uint64_t known, Answer<FilterList> answer) {
  const auto ask = [known](rpc::ClientSession::Client& session) {
    auto request = session.filtersRequest();
    request.setKnown(known);
    return request.send().then(
        [](auto&& response) { return transport::method([&] { return wire::read_filters(response); }); });
  };
  settle(call<FilterList>(ask), std::move(answer));
}

void SessionCore::status(Answer<ClusterStatus> answer) {
  const auto ask = [](rpc::ClientSession::Client& session) {
    return session.statusRequest().send().then(
        [](auto&& response) { return transport::method([&] { return wire::read(response.getStatus()); }); });
  };
  settle(call<ClusterStatus>(ask), std::move(answer));
}

void SessionCore::apply(JobSpec spec, JobObserver observer, Answer<JobOutcome> answer) {
  const std::string id = spec.id;
  if (cancels_.contains(id)) return answer.fail(UserError("a job with the id " + id + " is running"));
  auto cancelled = kj::newPromiseAndFulfiller<JobOutcome>();
  cancels_.emplace(id, kj::mv(cancelled.fulfiller));
  auto work = turns_.wait().then([this, spec = std::move(spec), observer = std::move(observer)](
                                     kj::Own<transport::TurnQueue::Turn>&& turn) mutable {
    auto job = kj::heap<MovingJob>(links_, std::move(spec), std::move(observer), options_.moves);
    auto running = job->run();
    return running.attach(kj::mv(job), kj::mv(turn));
  });
  // The step in between drops the task, with what it left on the disk, before anybody is told.
  auto ended = work.exclusiveJoin(kj::mv(cancelled.promise)).then([](JobOutcome&& outcome) {
    return std::move(outcome);
  });
  settle(ended.attach(kj::defer([this, id] { cancels_.erase(id); })), std::move(answer));
}

void SessionCore::cancel(const std::string& id) {
  const auto found = cancels_.find(id);
  if (found == cancels_.end()) return;
  found->second->reject(transport::to_kj(Error(Fault::cancelled, "cancelled")));
}

void SessionCore::cancel_all() {
  tasks_ = kj::heap<kj::TaskSet>(*this);
}

}  // namespace tilework::client
