// The RPC thread's end of a std::future. What is dropped without an answer was cancelled.
#pragma once

#include <exception>
#include <future>
#include <utility>

#include <kj/exception.h>

#include "schema/model/error.h"

namespace tilework::client {

template <class Value>
class Answer {
 public:
  Answer() = default;
  Answer(Answer&& other) noexcept
      : promise_(std::move(other.promise_)), open_(std::exchange(other.open_, false)) {}
  Answer& operator=(Answer&&) = delete;
  ~Answer() {
    if (open_) fail(Error(Fault::cancelled, "cancelled"));
  }

  std::future<Value> future() { return promise_.get_future(); }

  void give(Value value) {
    open_ = false;
    promise_.set_value(std::move(value));
  }
  void fail(const Error& error) {
    open_ = false;
    promise_.set_exception(std::make_exception_ptr(error));
  }

 private:
  std::promise<Value> promise_;
  bool open_ = true;
};

}  // namespace tilework::client
