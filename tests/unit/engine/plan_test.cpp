#include "server/engine/plan.h"

#include <catch2/catch.hpp>

namespace tilework::engine {
namespace {

Step local(Halo halo) {
  return {false, halo, {Depth::u8, 3}, {Depth::u8, 3}};
}
Step global(Halo halo) {
  return {true, halo, {Depth::u8, 3}, {Depth::u8, 3}};
}

}  // namespace

TEST_CASE("tiles cover an image once, in raster order, whatever is left at its ends") {
  const cv::Size image{1009, 757};
  const TileGrid grid(image, {256, 100});
  std::int64_t covered = 0;
  for (std::int64_t i = 0; i < grid.count(); ++i) {
    const cv::Rect tile = grid.tile(i);
    CHECK((tile & bounds(image)) == tile);
    CHECK(tile.x == i % grid.columns() * 256);
    CHECK(tile.y == i / grid.columns() * 100);
    covered += area(tile.size());
  }
  CHECK(covered == area(image));
}

TEST_CASE("what a filter reads is grown to its lattice, then by its halo, then clipped to the image") {
  const cv::Size image{1000, 1000};
  CHECK(region_read(Halo::none(), {10, 20, 30, 40}, image) == cv::Rect(10, 20, 30, 40));
  CHECK(region_read(Halo::all(5), {10, 20, 30, 40}, image) == cv::Rect(5, 15, 40, 50));
  CHECK(region_read(Halo::all(50), {10, 20, 30, 40}, image) == cv::Rect(0, 0, 90, 110));
  CHECK(region_read(Halo::all(2).aligned(256), {300, 10, 10, 10}, image) == cv::Rect(254, 0, 260, 258));
  CHECK(region_read(Halo::all(1 << 20), {999, 999, 1, 1}, image) == bounds(image));
}

TEST_CASE("regions grow backwards through fused filters") {
  const Plan plan =
      make_plan({1000, 1000}, {Depth::u8, 3}, {local(Halo::all(10)), local(Halo::all(3))}, {100, 100});
  REQUIRE(plan.passes == std::vector<Pass>{{2, false}});
  const auto list = regions(plan, plan.passes[0], {500, 500, 100, 100});
  CHECK(list == std::vector<cv::Rect>{{487, 487, 126, 126}, {497, 497, 106, 106}, {500, 500, 100, 100}});
}

TEST_CASE("each global filter costs a pass that runs the filters before it and analyses") {
  const Plan plan = make_plan(
      {1000, 1000}, {Depth::u8, 3},
      {local(Halo::all(1)), global(Halo::all(2)), local(Halo::all(4)), global(Halo::none())}, {100, 100});
  CHECK(plan.passes == std::vector<Pass>{{1, true}, {3, true}, {4, false}});
  const auto list = regions(plan, plan.passes[0], {500, 500, 100, 100});
  CHECK(list == std::vector<cv::Rect>{{497, 497, 106, 106}, {498, 498, 104, 104}});
}

TEST_CASE("the default tile fits in the image, and grows with the halo") {
  CHECK(default_tile({100, 50}, {}) == cv::Size(100, 50));
  CHECK(default_tile({50000, 50000}, {}) == cv::Size(4096, 256));
  const std::vector<Step> wide{local(Halo::all(127))};
  CHECK(default_tile({50000, 50000}, wide) == cv::Size(2048, 1024));
  CHECK(default_tile({1024, 512}, {}) == cv::Size(1024, 512));
  CHECK(default_tile({1024, 513}, {}) == cv::Size(1024, 256));
  const std::vector<Step> absurd{local(Halo::all(1 << 20)), local(Halo::all(1 << 20))};
  CHECK(default_tile({50000, 50000}, absurd).height == 1024);
}

}  // namespace tilework::engine
