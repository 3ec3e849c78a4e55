#include "server/worker/marked_tiles.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tilework::worker {
namespace {

// Between tiles, in bytes.
constexpr std::size_t room_between = 1024;
constexpr std::size_t line = 64;

}  // namespace

std::size_t MarkedTiles::room_for(std::span<const std::size_t> sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), (sizes.size() - 1) * (room_between + line));
}

// The last tile lies at the end of its slab, so that a filter which runs over it is stopped, and the others
// in front of it with room between. All begin at a multiple of a cache line.
MarkedTiles::MarkedTiles(std::shared_ptr<host::Slab> slab, std::span<const std::size_t> sizes)
    : slab_(std::move(slab)), offsets_(sizes.size()) {
  std::size_t end = slab_->size();
  for (std::size_t i = sizes.size(); i-- > 0;) {
    offsets_[i] = (end - sizes[i]) / line * line;
    end = offsets_[i] - std::min<std::size_t>(offsets_[i], room_between);
  }
  std::byte* room = slab_->data();
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    std::byte* const tile = slab_->data() + offsets_[i];
    std::byte* const next = slab_->data() + (i + 1 < sizes.size() ? offsets_[i + 1] : slab_->size());
    marks_.emplace_back(room, tile, sizes[i], next);
    room = tile + sizes[i];
  }
}

bool MarkedTiles::is_whole() const {
  return std::ranges::all_of(marks_, &host::Marked::is_whole);
}

}  // namespace tilework::worker
