// An image that is open for looking at, and what is asked of it. Pure values; any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "schema/model/finding.h"
#include "schema/model/recipe.h"
#include "schema/model/region.h"

namespace tilework {

enum class SampleDepth { u8, u16, f32 };

constexpr int bytes_of(SampleDepth depth) {
  return depth == SampleDepth::u8 ? 1 : depth == SampleDepth::u16 ? 2 : 4;
}

// Interleaved samples: 1 gray, 2 gray and alpha, 3 BGR, 4 BGR and alpha.
struct SampleFormat {
  SampleDepth depth = SampleDepth::u8;
  int channels = 3;
  int bytes() const { return bytes_of(depth) * channels; }
  friend bool operator==(const SampleFormat&, const SampleFormat&) = default;
};

struct Picture {
  int width = 0;
  int height = 0;
  SampleFormat format;
  int levels = 1;                  // level n has 1/2^n of the width and the height, rounded up
  std::vector<std::string> notes;  // what the user should know

  int width_at(int level) const { return (width + (1 << level) - 1) >> level; }
  int height_at(int level) const { return (height + (1 << level) - 1) >> level; }
};

// What a recipe makes of some regions of a level. With an empty recipe that is the image itself.
struct RenderRequest {
  Recipe recipe;
  int level = 0;
  std::vector<Region> regions;
  // Of global filters: those of the image at full size, also if it takes long.
  bool exact_stats = false;
  // Of the image itself, at the last two levels: pixels that are about right do, if they come sooner.
  bool provisional = false;
  // What detectors find in the regions is wanted; at level 0 alone.
  bool detects = false;
};

// Part of a region: whole rows of it, without padding. The pixels are lent by whoever tells of the piece.
struct Piece {
  Region place;
  SampleFormat format;
  std::span<const std::byte> pixels;
};

// Part of a small picture of a job's result, which is `width` by `height` pixels.
struct ResultPiece {
  int width = 0;
  int height = 0;
  Piece piece;
};

struct RenderOutcome {
  // Places in the recipe of filters that can't be scaled to the level.
  std::vector<std::size_t> approximate = {};
  // Places of global filters whose stats are those of the reduced image; none if exact ones were asked for.
  std::vector<std::size_t> reduced_stats = {};
  bool provisional = false;            // the pixels are about right
  std::vector<Finding> findings = {};  // whose centres lie in the regions, if they were wanted
  std::chrono::microseconds time{0};   // on the master
};

}  // namespace tilework
