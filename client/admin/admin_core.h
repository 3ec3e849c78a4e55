// The half of an administrator's session that lives on the RPC thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <kj/async-io.h>

#include "client/admin/admin_link.h"
#include "client/admin/admin_session.h"
#include "client/session/answer.h"

namespace tilework::client {

class AdminCore final : public kj::TaskSet::ErrorHandler {
 public:
  // The provider outlives the core.
  AdminCore(kj::AsyncIoProvider& io, std::vector<transport::Endpoint> masters, AdminOptions options)
      : io_(io),
        masters_(std::move(masters)),
        options_(std::move(options)),
        watching_(*this),
        tasks_(kj::heap<kj::TaskSet>(*this)) {}
  KJ_DISALLOW_COPY(AdminCore);

  // Makes a call when there is a link, and gives its result. `send` gets the capability, and returns a
  // promise of the value. A `patient` call may take as long as it likes.
  template <class Value, class Send>
  void call(Answer<Value> answer, Send send, bool patient = false) {
    auto value =
        link().then([this, patient, send = std::move(send)](std::shared_ptr<AdminLink>&& link) mutable {
          kj::Promise<Value> promise = kj::evalNow([&] { return send(link->admin); });
          if (!patient) {
            promise = io_.getTimer().timeoutAfter(options_.answer_timeout.count() * kj::MILLISECONDS,
                                                  kj::mv(promise));
          }
          return promise.catch_([link](kj::Exception&& error) -> Value { explain(*link, error); });
        });
    auto shared = std::make_shared<Answer<Value>>(std::move(answer));
    tasks_->add(value.then([shared](Value&& given) { shared->give(std::move(given)); },
                           [shared](kj::Exception&& error) { fail(*shared, error); }));
  }

  void cancel_all() { tasks_ = kj::heap<kj::TaskSet>(*this); }

 private:
  [[noreturn]] static void explain(const AdminLink& link, const kj::Exception& error);
  template <class Value>
  static void fail(Answer<Value>& answer, const kj::Exception& error) {
    answer.fail(error_of(error));
  }
  static Error error_of(const kj::Exception& error);
  kj::Promise<std::shared_ptr<AdminLink>> link();
  void taskFailed(kj::Exception&&) override {}  // told to whoever waits for the answer

  kj::AsyncIoProvider& io_;
  std::vector<transport::Endpoint> masters_;
  AdminOptions options_;
  kj::Maybe<kj::ForkedPromise<std::shared_ptr<AdminLink>>>
      link_;  // null before the first and after a lost one
  std::uint64_t link_number_ = 0;
  kj::TaskSet watching_;
  kj::Own<kj::TaskSet> tasks_;  // a call each; dropping one cancels it
};

}  // namespace tilework::client
