// The tiles of a call, side by side in a slab that a filter host writes, with marks around them. The worker
// sets the marks and looks at them in a mapping of its own, whatever the host says of itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "server/host/memory/marked.h"
#include "server/host/memory/slab.h"

namespace tilework::worker {

class MarkedTiles {
 public:
  // The bytes that a slab has for tiles of these sizes, at least.
  static std::size_t room_for(std::span<const std::size_t> sizes);

  // Sets the marks. Throws tilework::Error when the slab can't be mapped.
  MarkedTiles(std::shared_ptr<host::Slab> slab, std::span<const std::size_t> sizes);

  // Whether nothing was written but the tiles.
  bool is_whole() const;

  host::Slab& slab() const { return *slab_; }
  // Of a tile in the slab, which lies there without padding.
  std::uint64_t offset(std::size_t tile) const { return offsets_.at(tile); }
  const std::byte* bytes(std::size_t tile) const { return slab_->data() + offset(tile); }

 private:
  std::shared_ptr<host::Slab> slab_;
  std::vector<std::uint64_t> offsets_;
  std::vector<host::Marked> marks_;
};

}  // namespace tilework::worker
