#include "server/host/memory/slab_arena.h"

#include <utility>

namespace tilework::host {
namespace {

constexpr std::size_t line = 64;
constexpr std::size_t slab_size = 1 << 20;
constexpr std::size_t large = slab_size / 4;

}  // namespace

SlabPlace SlabArena::take(std::size_t size) {
  size = (size + line - 1) / line * line;
  if (size >= large) return {pool_.take(size), 0};
  if (rest_.slab == nullptr || rest_.slab->size() - rest_.offset < size) rest_ = {pool_.take(slab_size), 0};
  const std::size_t offset = std::exchange(rest_.offset, rest_.offset + size);
  return {rest_.slab, offset};
}

}  // namespace tilework::host
