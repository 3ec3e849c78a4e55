// Checks of global filters' stats.
#include <string>
#include <utility>
#include <vector>

#include "server/engine/executor.h"
#include "server/engine/plan.h"
#include "tools/plugin_check/suite/checks.h"
#include "tools/plugin_check/suite/difference.h"
#include "tools/plugin_check/suite/random_cases.h"

namespace tilework::conformance {
namespace {

// A global filter's stats of all tiles of a case, each by itself.
struct TileStats {
  engine::Plan plan;
  engine::Chain chain;
  std::vector<engine::Stats> stats;

  explicit TileStats(const Case& c)
      : plan(engine::make_plan(c.image.size(), PixelFormat::of(c.image),
                               engine::describe_steps(c.chain(), PixelFormat::of(c.image)), c.tile)),
        chain(c.chain()) {
    const engine::TileGrid grid(plan.image, plan.tile);
    for (std::int64_t i = 0; i < grid.count(); ++i) {
      const cv::Rect segment = engine::segment_of(plan, plan.passes[0], grid.tile(i));
      stats.push_back(
          engine::analyse_tile(plan, plan.passes[0], chain, grid.tile(i), c.image(segment).clone()));
      filter().write_stats(stats.back(), engine::most_tile_stats);  // fails where they are too large
    }
  }

  engine::Stats through_bytes(const engine::Stats& of) const {
    return filter().read_stats(filter().write_stats(of));
  }
  const engine::BoundFilter& filter() const { return chain.filters[0]; }

  // The whole image's result, once all stats are merged into one.
  cv::Mat result(engine::Stats merged, const cv::Mat& image) {
    filter().finish(merged);
    chain.stats[0] = through_bytes(merged);
    const cv::Rect all({0, 0}, image.size());
    cv::Mat out;
    engine::run_tile(plan, plan.passes.back(), chain, all, image, out);
    return out;
  }
};

}  // namespace

void check_merging(const Run& run) {
  for_cases(run, 25, 600, true, [](const Case& c, cv::RNG& random) {
    TileStats tiles(c);
    // Two of them, wherever they stand, become one, until one is left.
    while (tiles.stats.size() > 1) {
      const auto take = [&] {
        const auto at = tiles.stats.begin() + random.uniform(0, static_cast<int>(tiles.stats.size()));
        engine::Stats taken = std::move(*at);
        tiles.stats.erase(at);
        return random.uniform(0, 3) == 0 ? tiles.through_bytes(taken) : std::move(taken);
      };
      engine::Stats into = take();
      tiles.filter().merge(into, take());
      tiles.stats.push_back(std::move(into));
    }
    const cv::Mat result = tiles.result(std::move(tiles.stats[0]), c.image);
    return difference(result, on_whole(c.chain(), c.image).pixels);
  });
}

void check_stats_of_nothing(const Run& run) {
  for_cases(run, 5, 300, true, [](const Case& c, cv::RNG&) {
    TileStats tiles(c);
    engine::Stats all = tiles.filter().new_stats();
    for (const auto& stats : tiles.stats) tiles.filter().merge(all, stats);
    tiles.filter().merge(all, tiles.filter().new_stats());
    return difference(tiles.result(std::move(all), c.image), on_whole(c.chain(), c.image).pixels);
  });
}

}  // namespace tilework::conformance
