#include "client/session/session_core.h"

#include <utility>

#include "client/session/job_task.h"
#include "schema/transport/errors.h"
#include "schema/wire/job.h"
#include "schema/wire/recipe.h"

namespace tilework::client {
namespace {

// Reads the answer to a call; what goes wrong is explained.
template <class Value, class Response, class Read>
kj::Promise<Value> read_answer(std::shared_ptr<Link> link, kj::Promise<Response> answer, Read read) {
  return answer
      .then(
          [read](Response&& response) -> Value { return transport::method([&] { return read(response); }); })
      .catch_([link](kj::Exception&& error) -> Value {
        kj::throwFatalException(transport::to_kj(link->explain(error)));
      });
}

}  // namespace

// The link that there is, or a new one.
kj::Promise<std::shared_ptr<Link>> SessionCore::link() {
  KJ_IF_MAYBE (link, link_) {
    return link->addBranch();
  }
  const auto number = ++link_number_;
  auto forked = connect(io_, masters_, options_.name, options_.connect_timeout).fork();
  auto branch = forked.addBranch();
  // Whatever ends the link, the next call makes another.
  watching_.add(forked.addBranch()
                    .then([](std::shared_ptr<Link>&& link) {
                      auto gone = link->connection->on_disconnect();
                      return gone.attach(std::move(link));
                    })
                    .catch_([](kj::Exception&&) {})
                    .then([this, number] {
                      if (number == link_number_) link_ = nullptr;
                    }));
  link_ = kj::mv(forked);
  return branch;
}

template <class Value>
void SessionCore::settle(kj::Promise<Value> promise, Answer<Value> answer) {
  auto shared = std::make_shared<Answer<Value>>(std::move(answer));
  tasks_->add(promise.then([shared](Value&& value) { shared->give(std::move(value)); },
                           [shared](kj::Exception&& error) { shared->fail(transport::from_kj(error)); }));
}

void SessionCore::filters(Answer<std::vector<PluginDescription>> answer) {
  using Response = capnp::Response<rpc::ClientSession::FiltersResults>;
  auto plugins = link().then([](std::shared_ptr<Link>&& link) {
    return read_answer<std::vector<PluginDescription>, Response>(
        link, link->session.filtersRequest().send(),
        [](Response& response) { return wire::read(response.getPlugins()); });
  });
  settle(kj::mv(plugins), std::move(answer));
}

void SessionCore::status(Answer<ClusterStatus> answer) {
  using Response = capnp::Response<rpc::ClientSession::StatusResults>;
  auto status = link().then([](std::shared_ptr<Link>&& link) {
    return read_answer<ClusterStatus, Response>(
        link, link->session.statusRequest().send(),
        [](Response& response) { return wire::read(response.getStatus()); });
  });
  settle(kj::mv(status), std::move(answer));
}

void SessionCore::apply(JobSpec spec, JobObserver observer, Answer<JobOutcome> answer) {
  const std::string id = spec.id;
  if (cancels_.contains(id)) return answer.fail(UserError("a job with the id " + id + " is running"));
  auto cancelled = kj::newPromiseAndFulfiller<JobOutcome>();
  cancels_.emplace(id, kj::mv(cancelled.fulfiller));
  auto work = turns_.wait().then([this, spec = std::move(spec), observer = std::move(observer)](
                                     kj::Own<transport::TurnQueue::Turn>&& turn) mutable {
    return link()
        .then([spec = std::move(spec), observer = std::move(observer)](std::shared_ptr<Link>&& link) mutable {
          auto task = kj::heap<JobTask>(std::move(link), std::move(spec),
                                        std::make_shared<JobObserver>(std::move(observer)));
          auto running = task->run();
          return running.attach(kj::mv(task));
        })
        .attach(kj::mv(turn));
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
