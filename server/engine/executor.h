// Runs a chain of filters on one segment. With one tile as large as the image it is the reference that every
// distributed result must equal. Pure and synchronous; a chain is used by one thread at a time.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include <opencv2/core.hpp>

#include "server/engine/bound_filter.h"
#include "server/engine/plan.h"

namespace tilework::engine {

// The filters of a recipe in order, and the finished stats of the global ones as far as they are known.
struct Chain {
  std::vector<BoundFilter> filters;
  std::vector<Stats> stats;  // one for each filter; empty for local ones

  // Where filters write, and what is called after each of them; both may be null.
  cv::MatAllocator* memory = nullptr;
  std::function<void()> check_memory = nullptr;

  explicit Chain(std::vector<BoundFilter> of) : filters(std::move(of)), stats(filters.size()) {}
};

// Applies the pass's filters. `segment` holds segment_of(plan, pass, tile); `out` is made, or filled in place
// when it has the tile's size and plan.output's type already. The pass doesn't analyse. `findings` takes what
// its detectors find in the tile; they aren't run where it is null. Throws FilterError.
void run_tile(const Plan& plan, const Pass& pass, const Chain& chain, cv::Rect tile, const cv::Mat& segment,
              cv::Mat& out, FindingList* findings = nullptr);

// Applies the pass's filters, and lets the next one, a global filter, learn from the tile. Detectors aren't
// run. Throws FilterError.
Stats analyse_tile(const Plan& plan, const Pass& pass, const Chain& chain, cv::Rect tile,
                   const cv::Mat& segment);

// Merges stats pairwise, those of like weight first, so that merging many costs each of them a logarithm of
// merges.
class StatsMerger {
 public:
  explicit StatsMerger(const BoundFilter& filter) : filter_(&filter) {}
  void add(Stats stats);
  // What all of them say together, finished. Leaves the merger empty.
  Stats finish();

 private:
  const BoundFilter* filter_;
  std::vector<Stats> pending_;       // of descending weight
  std::vector<std::size_t> weight_;  // how many were merged into each
};

// The whole job in this thread, one pass after another, on tiles of plan.tile. With a tile of the image's
// size this is the reference executor.
cv::Mat run_plan(const Plan& plan, Chain& chain, const cv::Mat& image, FindingList* findings = nullptr);

}  // namespace tilework::engine
