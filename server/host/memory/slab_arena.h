// Little pieces of memory, of which several lie in one slab: a slab of its own for each would be a descriptor
// in every process that it is shared with. On the event loop's thread.
#pragma once

#include <cstddef>
#include <memory>

#include "server/host/memory/slab.h"

namespace tilework::host {

// The memory stays as long as the slab that it lies in.
struct SlabPlace {
  std::shared_ptr<Slab> slab;
  std::size_t offset = 0;  // bytes
};

class SlabArena {
 public:
  // The pool outlives it.
  explicit SlabArena(SlabPool& pool) : pool_(pool) {}

  // `size` bytes, which begin and end with a cache line. Large ones get slabs of their own.
  SlabPlace take(std::size_t size);

 private:
  SlabPool& pool_;
  SlabPlace rest_;  // of the slab that was begun
};

}  // namespace tilework::host
