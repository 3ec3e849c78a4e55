#include "schema/transport/work_threads.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace tilework::transport {

WorkThreads::WorkThreads(unsigned count) : pool_(std::make_unique<boost::asio::thread_pool>(count)) {}

WorkThreads::~WorkThreads() {
  pool_->join();
}

void WorkThreads::start(kj::Function<void()> work) {
  boost::asio::post(*pool_, kj::mv(work));
}

}  // namespace tilework::transport
