// What detectors find in a tile or an image: which tile a finding belongs to, in which order findings are
// listed, and how many of them are kept. Pure; any thread.
//
// Why tiles find what the whole image holds: a finding belongs to the tile in which the centre of its box
// lies, and boxes larger than the detector declares are dropped. What is left lies no farther from its tile
// than half of the largest box, and BoundFilter adds that, and what the detector reads around a box, to its
// halo. So the tile that owns a finding sees all that decides on it, and what was cut off at a segment's
// border belongs to another tile or is too large.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <opencv2/core/types.hpp>

#include "schema/model/finding.h"

namespace tilework::engine {

// That are kept of an image; the rest is counted.
inline constexpr std::size_t most_findings = 100'000;

// Whether the centre of the box, rounded down, lies in the tile.
bool belongs_to(const Region& box, cv::Rect tile);

// What is wrong with a finding in an image of this size, as "a box of 0x3 pixels"; empty when it is sound.
std::string fault_of(const Finding& finding, cv::Size image);

// Counts findings, and keeps the first ones: from top to bottom, then from left to right. Which they are
// depends neither on the order in which they come nor on how they were collected before.
class FindingList {
 public:
  void add(Finding finding);
  // What another list took: its first ones, of that many in all.
  void add(std::uint64_t total, std::vector<Finding> first);
  void add(FindingList other) { add(other.total_, std::move(other.kept_)); }

  std::uint64_t total() const { return total_; }
  // In order, at most `most_findings`. Leaves the list empty.
  std::vector<Finding> take();

 private:
  void trim();

  std::uint64_t total_ = 0;
  std::vector<Finding> kept_;
};

}  // namespace tilework::engine
