#include "server/engine/plan.h"

#include <algorithm>

namespace tilework::engine {

std::vector<Step> describe_steps(std::span<const BoundFilter> chain, PixelFormat input) {
  std::vector<Step> steps;
  for (const auto& filter : chain) {
    const Traits traits = filter.describe(input);
    steps.push_back({filter.is_global(), traits.halo, input, traits.output});
    input = traits.output;
  }
  return steps;
}

cv::Size default_tile(cv::Size image, std::span<const Step> steps) {
  if (area(image) <= small_image && std::max(image.width, image.height) <= 4096) return image;
  int halo = 0;  // rows of a segment beyond its tile
  for (const auto& step : steps) halo += step.halo.top + step.halo.bottom;
  constexpr int lattice = 256;  // that of filters which work on blocks
  const int height = std::clamp((4 * std::min(halo, 1024) + lattice - 1) / lattice * lattice, lattice, 1024);
  const int width = height == lattice ? 4096 : 2048;  // so that segments of any pixels stay small
  return {std::clamp(image.width, 1, width), std::clamp(image.height, 1, height)};
}

Plan make_plan(cv::Size image, PixelFormat input, std::vector<Step> steps, cv::Size tile) {
  Plan plan{image, input, steps.empty() ? input : steps.back().output, tile, std::move(steps), {}};
  plan.tile.width = std::clamp(tile.width, 1, image.width);
  plan.tile.height = std::clamp(tile.height, 1, image.height);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (plan.steps[i].is_global) plan.passes.push_back({i, true});
  }
  plan.passes.push_back({plan.steps.size(), false});
  return plan;
}

std::vector<cv::Rect> regions(const Plan& plan, const Pass& pass, cv::Rect tile) {
  std::vector<cv::Rect> list(pass.applied + 1);
  cv::Rect wanted = pass.analyses ? region_read(plan.steps[pass.applied].halo, tile, plan.image) : tile;
  list.back() = wanted;
  for (std::size_t i = pass.applied; i-- > 0;) {
    wanted = region_read(plan.steps[i].halo, wanted, plan.image);
    list[i] = wanted;
  }
  return list;
}

cv::Rect segment_of(const Plan& plan, const Pass& pass, cv::Rect tile) {
  return regions(plan, pass, tile).front();
}

}  // namespace tilework::engine
