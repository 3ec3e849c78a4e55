// The plan of a job: which filters run in which pass over the image, and which pixels each of them reads.
//
// Local filters are fused: a tile runs through all of them at once. A global filter needs a pass of its own
// over the image, which ends in its stats; later passes run the filters before it again, from the source, so
// that no intermediate image is kept. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tilework/types.h>

#include "schema/model/recipe.h"
#include "server/engine/bound_filter.h"
#include "server/engine/geometry.h"

namespace tilework::engine {

// One filter of the recipe, with what it reads and returns here.
struct Step {
  bool is_global = false;
  Halo halo;
  PixelFormat input;
  PixelFormat output;
  friend bool operator==(const Step&, const Step&) = default;
};

// One run over all tiles: the first `applied` steps are applied, and then either the next step (a global one)
// analyses the tile, or the tile is the result.
struct Pass {
  std::size_t applied = 0;
  bool analyses = false;
  friend bool operator==(const Pass&, const Pass&) = default;
};

struct Plan {
  cv::Size image;
  PixelFormat input;
  PixelFormat output;
  cv::Size tile;
  std::vector<Step> steps;
  std::vector<Pass> passes;  // in order; the last one doesn't analyse
};

// Steps of a chain for images of the format `input`. Throws FilterError.
std::vector<Step> describe_steps(std::span<const BoundFilter> chain, PixelFormat input);

// Pixels of an image that a core deals with in a few milliseconds: cutting it, and threads of its own, cost
// more than another core would save.
inline constexpr std::int64_t small_image = 512 * 1024;

// A tile for this image and recipe: wide enough for OpenCV's vector loops, high enough that the halo is a
// small part of a segment, and else as low as memory likes it. A small image is one tile.
cv::Size default_tile(cv::Size image, std::span<const Step> steps);

Plan make_plan(cv::Size image, PixelFormat input, std::vector<Step> steps, cv::Size tile);

// The rectangles that a tile goes through in a pass: first the segment that is read from the source, then for
// each applied step the rectangle that it must give. The last one is the tile, or, where the pass analyses,
// what the analysing step reads.
std::vector<cv::Rect> regions(const Plan& plan, const Pass& pass, cv::Rect tile);

// The first of regions(): the pixels of the source that a tile needs.
cv::Rect segment_of(const Plan& plan, const Pass& pass, cv::Rect tile);

}  // namespace tilework::engine
