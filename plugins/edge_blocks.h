// Follows edges across an image that is cut into blocks: each block tells which of its edges touch its border
// and where, and whether they are strong; kept_from_outside() tells which edges a strong one in another block
// keeps. Pure; any thread.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <vector>

#include <opencv2/core/types.hpp>

namespace edge_blocks {

inline constexpr int block_size = 256;  // positions within a block fit into a byte

// A block's column and row; ordered by row.
struct BlockIndex {
  int row = 0;
  int column = 0;
  friend auto operator<=>(const BlockIndex&, const BlockIndex&) = default;

  cv::Rect pixels(cv::Size image) const {
    return cv::Rect(column * block_size, row * block_size, block_size, block_size) &
           cv::Rect(cv::Point(), image);
  }
};

// A weak edge's pixel on its block's border.
struct Touch {
  std::uint8_t x;  // within the block
  std::uint8_t y;
  std::uint16_t edge;  // numbered within the block, by the edge's first touch in raster order
};

// What a block's neighbours must know of it. The same whatever tile it was analysed for.
struct Block {
  std::vector<Touch> touches;
  std::vector<std::uint8_t> strong;  // for each edge that touches: 1 if it has a strong pixel in this block
};

using Blocks = std::map<BlockIndex, Block>;

// For each block, a border pixel of each edge that a strong one in another block keeps.
using KeptEdges = std::map<BlockIndex, std::vector<Touch>>;

// Sets of edges that hang together; `strong` tells whether any edge of the set is.
class EdgeSets {
 public:
  void add(bool strong) {
    parent_.push_back(static_cast<int>(parent_.size()));
    strong_.push_back(strong);
  }
  int size() const { return static_cast<int>(parent_.size()); }
  bool strong(int edge) { return strong_[static_cast<std::size_t>(root(edge))]; }

  void join(int a, int b) {
    a = root(a);
    b = root(b);
    if (a == b) return;
    parent_[static_cast<std::size_t>(b)] = a;
    strong_[static_cast<std::size_t>(a)] |= strong_[static_cast<std::size_t>(b)];
  }

 private:
  int root(int edge) {
    auto at = [this](int i) -> int& { return parent_[static_cast<std::size_t>(i)]; };
    while (at(edge) != edge) edge = at(edge) = at(at(edge));
    return edge;
  }
  std::vector<int> parent_;
  std::vector<std::uint8_t> strong_;
};

// The edges along one side of a block, -1 where there is none.
using Side = std::array<int, block_size>;

struct Sides {
  Side left, right, top, bottom;

  // `first` is the number of the block's first edge among all blocks' edges. Sides that the image's border
  // cuts short have no neighbour, so only whole ones matter.
  Sides(const Block& block, int first) {
    for (Side* side : {&left, &right, &top, &bottom}) side->fill(-1);
    for (const Touch& touch : block.touches) {
      const int edge = first + touch.edge;
      if (touch.x == 0) left[touch.y] = edge;
      if (touch.x == block_size - 1) right[touch.y] = edge;
      if (touch.y == 0) top[touch.x] = edge;
      if (touch.y == block_size - 1) bottom[touch.x] = edge;
    }
  }
};

inline void join_if_edges(EdgeSets& sets, int a, int b) {
  if (a >= 0 && b >= 0) sets.join(a, b);
}

// Pixels hang together with their eight neighbours.
inline void join_along(EdgeSets& sets, const Side& a, const Side& b) {
  for (int i = 0; i < block_size; ++i) {
    for (int j = std::max(0, i - 1); j <= std::min(i + 1, block_size - 1); ++j) {
      join_if_edges(sets, a[static_cast<std::size_t>(i)], b[static_cast<std::size_t>(j)]);
    }
  }
}

inline KeptEdges kept_from_outside(const Blocks& blocks) {
  EdgeSets sets;
  std::map<BlockIndex, int> first;
  for (const auto& [index, block] : blocks) {
    first.emplace_hint(first.end(), index, sets.size());
    for (const std::uint8_t strong : block.strong) sets.add(strong != 0);
  }

  for (const auto& [index, block] : blocks) {
    const auto sides_at = [&, &index = index](int down, int right, auto&& then) {  // clang 14 needs it named
      const BlockIndex there{index.row + down, index.column + right};
      if (const auto found = blocks.find(there); found != blocks.end()) {
        then(Sides(found->second, first.at(there)));
      }
    };
    const Sides here(block, first.at(index));
    sides_at(0, 1, [&](const Sides& east) { join_along(sets, here.right, east.left); });
    sides_at(1, 0, [&](const Sides& south) { join_along(sets, here.bottom, south.top); });
    sides_at(1, 1, [&](const Sides& corner) { join_if_edges(sets, here.bottom.back(), corner.top.front()); });
    sides_at(1, -1,
             [&](const Sides& corner) { join_if_edges(sets, here.bottom.front(), corner.top.back()); });
  }

  KeptEdges kept;
  for (const auto& [index, block] : blocks) {
    int next = 0;
    for (const Touch& touch : block.touches) {
      if (touch.edge != next) continue;  // only an edge's first touch
      ++next;
      if (block.strong[touch.edge] == 0 && sets.strong(first.at(index) + touch.edge)) {
        kept[index].push_back(touch);
      }
    }
  }
  return kept;
}

}  // namespace edge_blocks
