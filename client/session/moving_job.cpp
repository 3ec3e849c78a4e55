#include "client/session/moving_job.h"

#include <utility>

#include "schema/transport/errors.h"

namespace tilework::client {

using transport::method;

kj::Promise<JobOutcome> MovingJob::run() {
  return links_.link().then([this](std::shared_ptr<Link>&& link) {
    method([this] { input_ = open_input_file(spec_.input, spec_.name); });
    return try_at(std::move(link));
  });
}

kj::Promise<JobOutcome> MovingJob::try_at(std::shared_ptr<Link> link) {
  link_ = std::move(link);
  masters_.push_back(link_->master().text());
  try_begin_ = Clock::now();
  if (masters_.size() == 1) begin_ = try_begin_;
  method([this] { task_.emplace(*link_, spec_, input_, observer_); });
  return link_->unless_lost(task_->run())
      .then([this](JobOutcome&& outcome) -> kj::Promise<JobOutcome> { return finished(std::move(outcome)); },
            [this](kj::Exception&& error) -> kj::Promise<JobOutcome> {
              task_.reset();  // with what it stored of the result
              if (!is_loss(error)) return transport::to_kj(link_->explain(error));
              if (masters_.size() > moves_) return transport::to_kj(carried_round());
              return move();
            });
}

// The next master gets the job under the same id.
kj::Promise<JobOutcome> MovingJob::move() {
  if (observer_.lost) observer_.lost();
  links_.forget(*link_);
  MasterMove move{link_->master().text(), "", link_->why_lost()};
  link_ = nullptr;  // the last one to drop a frozen master's link closes it
  return links_.link().then([this, move = std::move(move)](std::shared_ptr<Link>&& link) mutable {
    move.to = link->master().text();
    move.number = link->number;
    if (observer_.moved) observer_.moved(move);
    return try_at(std::move(link));
  });
}

Error MovingJob::carried_round() const {
  return {Fault::unreachable, spec_.name + " lost " + std::to_string(masters_.size()) +
                                  " masters one after the other, the last at " + masters_.back() + " (" +
                                  link_->why_lost() +
                                  "); nothing was stored. See in their logs whether this job ends them"};
}

JobOutcome MovingJob::finished(JobOutcome outcome) {
  outcome.lost = std::chrono::duration_cast<std::chrono::microseconds>(try_begin_ - begin_);
  outcome.masters = std::move(masters_);
  return outcome;
}

}  // namespace tilework::client
