#include "server/engine/executor.h"

#include <optional>
#include <utility>

namespace tilework::engine {
namespace {

// Pixels, and where in the image they lie. `pixels` may be a part of `memory`.
struct Piece {
  cv::Mat memory;
  cv::Mat pixels;
};

// A rectangle of a matrix as a matrix of its own: OpenCV doesn't look beyond it for border pixels.
cv::Mat cut(const cv::Mat& mat, cv::Rect rect) {
  return {rect.height, rect.width, mat.type(), const_cast<uchar*>(mat.ptr(rect.y, rect.x)), mat.step[0]};
}

// The pass's filters, one after the other, each on the region that the next one needs. The last one writes
// into `out` when that is given and nothing has to be cut off. What detectors find belongs to the tile,
// however much more is needed by the filters after them: filters keep the image's size.
Piece run_steps(const Plan& plan, const Pass& pass, const Chain& chain, const std::vector<cv::Rect>& region,
                const cv::Mat& segment, const cv::Mat& out, FindingList* findings) {
  Piece current{segment, segment};
  for (std::size_t i = 0; i < pass.applied; ++i) {
    const cv::Rect kept = region[i + 1] - region[i].tl();
    if (chain.filters[i].is_detector()) {
      if (findings != nullptr) {
        chain.filters[i].detect({region[i], region.back(), plan.image}, current.pixels, *findings);
        if (chain.check_memory) chain.check_memory();
      }
      current.pixels = cut(current.pixels, kept);
      continue;
    }
    cv::Mat result;
    result.allocator = chain.memory;
    if (i + 1 == pass.applied && region[i] == region[i + 1]) result = out;
    chain.filters[i].apply(&chain.stats[i], {region[i], region[i + 1], plan.image}, current.pixels, result);
    if (chain.check_memory) chain.check_memory();
    current.pixels = cut(result, kept);
    current.memory = std::move(result);
  }
  return current;
}

}  // namespace

void run_tile(const Plan& plan, const Pass& pass, const Chain& chain, cv::Rect tile, const cv::Mat& segment,
              cv::Mat& out, FindingList* findings) {
  out.create(tile.size(), plan.output.cv_type());
  const Piece result = run_steps(plan, pass, chain, regions(plan, pass, tile), segment, out, findings);
  if (result.pixels.data != out.data) result.pixels.copyTo(out);
}

Stats analyse_tile(const Plan& plan, const Pass& pass, const Chain& chain, cv::Rect tile,
                   const cv::Mat& segment) {
  const auto region = regions(plan, pass, tile);
  const Piece input = run_steps(plan, pass, chain, region, segment, {}, nullptr);
  const BoundFilter& filter = chain.filters[pass.applied];
  Stats stats = filter.new_stats();
  filter.analyse(stats, {region.back(), tile, plan.image}, input.pixels);
  return stats;
}

void StatsMerger::add(Stats stats) {
  std::size_t weight = 1;
  while (!weight_.empty() && weight_.back() == weight) {
    filter_->merge(pending_.back(), stats);
    stats = std::move(pending_.back());
    pending_.pop_back();
    weight_.pop_back();
    weight *= 2;
  }
  pending_.push_back(std::move(stats));
  weight_.push_back(weight);
}

Stats StatsMerger::finish() {
  Stats all = filter_->new_stats();
  while (!pending_.empty()) {
    filter_->merge(all, pending_.back());
    pending_.pop_back();
  }
  weight_.clear();
  filter_->finish(all);
  return all;
}

cv::Mat run_plan(const Plan& plan, Chain& chain, const cv::Mat& image, FindingList* findings) {
  const TileGrid grid(plan.image, plan.tile);
  cv::Mat result(plan.image, plan.output.cv_type());
  for (const Pass& pass : plan.passes) {
    std::optional<StatsMerger> merger;
    if (pass.analyses) merger.emplace(chain.filters[pass.applied]);
    for (std::int64_t i = 0; i < grid.count(); ++i) {
      const cv::Rect tile = grid.tile(i);
      // As filter hosts get segments: rows of their own from a network, and parts of rows in shared memory.
      const cv::Rect place = segment_of(plan, pass, tile);
      const cv::Mat segment = i % 2 == 0 ? image(place).clone() : cut(image, place);
      if (merger) {
        merger->add(analyse_tile(plan, pass, chain, tile, segment));
      } else {
        cv::Mat out;
        run_tile(plan, pass, chain, tile, segment, out, findings);
        out.copyTo(result(tile));
      }
    }
    if (merger) chain.stats[pass.applied] = merger->finish();
  }
  return result;
}

}  // namespace tilework::engine
