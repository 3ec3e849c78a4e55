// An object that lives on an RPC thread of its own, and is asked from others.
#pragma once

#include <future>
#include <memory>
#include <utility>

#include "client/session/answer.h"
#include "client/session/rpc_thread.h"

namespace tilework::client {

template <class Core>
class CoreThread {
 public:
  // `make` returns the core, a std::unique_ptr, on its thread.
  template <class Make>
  explicit CoreThread(Make make) {
    thread_.post([this, make = std::move(make)](kj::AsyncIoContext& io) mutable { core_ = make(io); });
  }
  ~CoreThread() {
    thread_.post([this](kj::AsyncIoContext&) { core_ = nullptr; });
  }
  CoreThread(const CoreThread&) = delete;
  CoreThread& operator=(const CoreThread&) = delete;

  // Any thread; returns at once.
  template <class Work>
  void post(Work work) {
    thread_.post([this, work = std::move(work)](kj::AsyncIoContext&) mutable { work(*core_); });
  }

  // The work gets the core, and the answer to give.
  template <class Value, class Work>
  std::future<Value> ask(Work work) {
    Answer<Value> answer;
    auto future = answer.future();
    post([work = std::move(work), answer = std::move(answer)](Core& core) mutable {
      work(core, std::move(answer));
    });
    return future;
  }

 private:
  std::unique_ptr<Core> core_;  // touched on the thread alone
  RpcThread thread_;            // last: it ends first
};

}  // namespace tilework::client
