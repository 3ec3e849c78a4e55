// Threads on which small images are decoded and encoded: a thread of its own costs a small job more than its
// work. On the event loop's thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include <opencv2/core.hpp>

#include "schema/transport/work_threads.h"

namespace tilework::master {

// Files and images up to here are small: a few milliseconds of work, which others can wait for.
inline constexpr std::uint64_t small_file = 1 << 20;  // bytes
inline constexpr std::int64_t small_image = 1 << 19;  // pixels

class CodecThreads {
 public:
  CodecThreads() {
    const unsigned count = std::max(2u, std::thread::hardware_concurrency());
    for (unsigned i = 0; i < count; ++i) threads_.push_back(std::make_shared<transport::WorkThreads>(1));
  }

  // Each in turn. A source or a sink stays with the thread that made it.
  std::shared_ptr<transport::WorkThreads> next() { return threads_[++turn_ % threads_.size()]; }

 private:
  std::vector<std::shared_ptr<transport::WorkThreads>> threads_;
  std::size_t turn_ = 0;
};

}  // namespace tilework::master
