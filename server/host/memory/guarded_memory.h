// Memory for what filters write: each matrix lies between pages that can't be touched, right before the one
// after it, and what room is left around it is marked. Whoever writes beyond a matrix crashes, or leaves a
// trace. The memory is used again, since fresh pages cost more than a cheap filter. One thread, of a filter
// host.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <opencv2/core.hpp>

#include "server/host/memory/marked.h"

namespace tilework::host {

// For cv::Mat::allocator. It outlives its matrices.
class GuardedMemory final : public cv::MatAllocator {
 public:
  // `ready` bytes are there before they are asked for.
  explicit GuardedMemory(std::size_t ready = 0);
  ~GuardedMemory() override;

  // Whether nobody wrote around a matrix that is there, or around one until it was freed.
  bool is_whole() const;

  cv::UMatData* allocate(int dims, const int* sizes, int type, void* data, std::size_t* step,
                         cv::AccessFlag flags, cv::UMatUsageFlags usage) const override;
  bool allocate(cv::UMatData* data, cv::AccessFlag flags, cv::UMatUsageFlags usage) const override;
  void deallocate(cv::UMatData* data) const override;

 private:
  struct Block;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tilework::host
