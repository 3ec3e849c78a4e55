// Threads for work that blocks or takes long, such as decoding, encoding and packing. Asio runs the threads,
// the event loop gets promises; this is where the two meet.
#pragma once

#include <memory>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>

#include <kj/async.h>
#include <kj/function.h>

#include "schema/transport/errors.h"

namespace boost::asio {
class thread_pool;  // whose header takes longer to compile than most files that work in threads
}

namespace tilework::transport {

// Does `work` on a thread of its own that nobody waits for; here and at once where the system gives none.
template <class Work>
void run_apart(Work work) {
  // Shared because std::thread takes nothing whose destructor may throw.
  auto shared = std::make_shared<Work>(std::move(work));
  try {
    std::thread([shared] { (*shared)(); }).detach();
  } catch (const std::system_error&) {
    (*shared)();
  }
}

class WorkThreads {
 public:
  explicit WorkThreads(unsigned count);
  // One thread in the background: where processors are scarce, others come first. `answers` tell what came of
  // its work, for KJ holds a lock while it wakes an event loop, and a thread that is held up there holds up
  // the loop.
  explicit WorkThreads(std::shared_ptr<WorkThreads> answers);
  // Waits for all that was given.
  ~WorkThreads();
  KJ_DISALLOW_COPY(WorkThreads);

  // Runs `work`, with one thread after all that was given before. The promise belongs to the calling event
  // loop. Dropping the promise doesn't stop the work, so `work` owns what it uses. Exceptions of `work`
  // become the promise's.
  template <class Work, class Result = std::invoke_result_t<Work&>>
  kj::Promise<Result> run(Work work) {
    auto pair = kj::newPromiseAndCrossThreadFulfiller<Result>();
    start([this, work = std::move(work), done = kj::mv(pair.fulfiller)]() mutable {
      KJ_IF_MAYBE (error, kj::runCatchingExceptions([&] {
                     method([&] {
                       if constexpr (std::is_void_v<Result>) {
                         work();
                         answer([done = kj::mv(done)] { done->fulfill(); });
                       } else {
                         auto result = work();
                         answer([done = kj::mv(done), result = kj::mv(result)]() mutable {
                           done->fulfill(kj::mv(result));
                         });
                       }
                     });
                   })) {
        answer([done = kj::mv(done), error = kj::mv(*error)]() mutable { done->reject(kj::mv(error)); });
      }
    });
    return kj::mv(pair.promise);
  }

 private:
  void start(kj::Function<void()> work);
  void answer(kj::Function<void()> tell);

  std::shared_ptr<WorkThreads> answers_;  // null: the working threads themselves
  std::unique_ptr<boost::asio::thread_pool> pool_;
};

}  // namespace tilework::transport
