#include "server/host/memory/guarded_memory.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <new>

#include <sys/mman.h>

namespace tilework::host {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t alignment = 64;
constexpr std::size_t most_idle = 4;  // blocks

}  // namespace

// A mapping: a page that is shut, memory, a page that is shut.
struct GuardedMemory::Block {
  std::byte* mapped = nullptr;
  std::size_t size = 0;  // of the memory

  static Block make(std::size_t size) {
    size = (size + page - 1) / page * page;
    void* at = ::mmap(nullptr, size + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) throw std::bad_alloc();
    Block block{static_cast<std::byte*>(at), size};
    if (::mprotect(block.begin(), size, PROT_READ | PROT_WRITE) != 0) {
      block.end_it();
      throw std::bad_alloc();
    }
    return block;
  }
  void end_it() const { ::munmap(mapped, size + 2 * page); }
  std::byte* begin() const { return mapped + page; }
  std::byte* end() const { return begin() + size; }
};

struct GuardedMemory::State {
  struct Used {
    Block block;
    Marked marks;
  };
  std::map<const cv::UMatData*, Used> used;
  std::vector<Block> idle;  // the last was used last
  bool was_broken = false;  // of what isn't used any more

  // The smallest that is large enough.
  Block take(std::size_t size) {
    auto found = idle.end();
    for (auto block = idle.begin(); block != idle.end(); ++block) {
      if (block->size >= size && (found == idle.end() || block->size <= found->size)) found = block;
    }
    if (found == idle.end()) return Block::make(size);
    const Block block = *found;
    idle.erase(found);
    return block;
  }

  void give_back(const Block& block) {
    idle.push_back(block);
    if (idle.size() <= most_idle) return;
    idle.front().end_it();
    idle.erase(idle.begin());
  }
};

GuardedMemory::GuardedMemory(std::size_t ready) : state_(std::make_unique<State>()) {
  if (ready == 0) return;
  const Block block = Block::make(ready);
  ::madvise(block.begin(), block.size, MADV_POPULATE_WRITE);
  state_->give_back(block);
}

GuardedMemory::~GuardedMemory() {
  for (const Block& block : state_->idle) block.end_it();
}

bool GuardedMemory::is_whole() const {
  return !state_->was_broken &&
         std::ranges::all_of(state_->used, [](const auto& entry) { return entry.second.marks.is_whole(); });
}

cv::UMatData* GuardedMemory::allocate(int dims, const int* sizes, int type, void*, std::size_t* step,
                                      cv::AccessFlag, cv::UMatUsageFlags) const {
  std::size_t size = static_cast<std::size_t>(CV_ELEM_SIZE(type));
  for (int i = dims - 1; i >= 0; --i) {
    if (step != nullptr) step[i] = size;
    size *= static_cast<std::size_t>(sizes[i]);
  }
  const Block block = state_->take(size);
  auto data = std::make_unique<cv::UMatData>(this);
  auto* at = block.end() - (size + alignment - 1) / alignment * alignment;
  data->data = data->origdata = reinterpret_cast<uchar*>(at);
  data->size = size;
  state_->used.emplace(data.get(), State::Used{block, Marked(block.begin(), at, size, block.end())});
  return data.release();
}

bool GuardedMemory::allocate(cv::UMatData* data, cv::AccessFlag, cv::UMatUsageFlags) const {
  return data != nullptr;
}

void GuardedMemory::deallocate(cv::UMatData* data) const {
  if (data == nullptr) return;
  const auto found = state_->used.find(data);
  if (found != state_->used.end()) {
    if (!found->second.marks.is_whole()) state_->was_broken = true;
    state_->give_back(found->second.block);
    state_->used.erase(found);
  }
  delete data;
}

}  // namespace tilework::host
