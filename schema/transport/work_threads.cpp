#include "schema/transport/work_threads.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <unistd.h>

namespace tilework::transport {
namespace {

// In the scheduler's levels (nice(2)): about a tenth of the share that others get.
constexpr int background = 10;

}  // namespace

WorkThreads::WorkThreads(unsigned count) : pool_(std::make_unique<boost::asio::thread_pool>(count)) {}

// The level is each thread's own on Linux, and handed on to threads that it starts. Where it can't be had,
// all goes on as before.
WorkThreads::WorkThreads(std::shared_ptr<WorkThreads> answers) : WorkThreads(1) {
  answers_ = std::move(answers);
  start([] { [[maybe_unused]] const int level = ::nice(background); });
}

WorkThreads::~WorkThreads() {
  pool_->join();
}

void WorkThreads::start(kj::Function<void()> work) {
  boost::asio::post(*pool_, kj::mv(work));
}

void WorkThreads::answer(kj::Function<void()> tell) {
  if (answers_ == nullptr) return tell();
  answers_->start(kj::mv(tell));
}

}  // namespace tilework::transport
