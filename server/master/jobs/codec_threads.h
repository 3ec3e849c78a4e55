// Threads on which images are decoded and encoded. Small ones share some: a thread of its own costs a small
// job more than its work. On the event loop's thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "schema/transport/work_threads.h"

namespace tilework::master {

// Files up to here may hold small images (engine::small_image), which others can wait for: such an image of 8
// bits without compression, or one of a tenth of a megapixel in any format.
inline constexpr std::uint64_t small_file = 2 << 20;  // bytes

class CodecThreads {
 public:
  CodecThreads() {
    const unsigned count = std::max(2u, std::thread::hardware_concurrency());
    for (unsigned i = 0; i < count; ++i) threads_.push_back(std::make_shared<transport::WorkThreads>(1));
  }

  // For a small image, each in turn. A source or a sink stays with the thread that made it.
  std::shared_ptr<transport::WorkThreads> next() { return threads_[++turn_ % threads_.size()]; }

  // A new one for a large image, which has time: small ones, filters and the event loop come before it.
  std::shared_ptr<transport::WorkThreads> own() { return std::make_shared<transport::WorkThreads>(answers_); }

 private:
  std::vector<std::shared_ptr<transport::WorkThreads>> threads_;
  std::shared_ptr<transport::WorkThreads> answers_ = std::make_shared<transport::WorkThreads>(1);
  std::size_t turn_ = 0;
};

}  // namespace tilework::master
