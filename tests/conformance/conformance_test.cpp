// What every filter must do, whoever wrote it: the result of a job doesn't depend on how the image is cut up.
#include <algorithm>
#include <functional>
#include <set>

#include <catch2/catch.hpp>

#include "schema/model/error.h"
#include "server/engine/plan.h"
#include "tests/conformance/cases.h"
#include "tests/support/images.h"

namespace tilework::test {
namespace {

const std::vector<LoadedFilter>& filters() {
  static const auto list = load_filters(TILEWORK_PLUGIN_DIR);
  return list;
}

// OpenCV's own threads are off in filter hosts; whole images run with them, so that a filter whose result
// depends on them is found out.
class OpenCvThreads {
 public:
  explicit OpenCvThreads(int count) : before_(cv::getNumThreads()) { cv::setNumThreads(count); }
  ~OpenCvThreads() { cv::setNumThreads(before_); }
  OpenCvThreads(const OpenCvThreads&) = delete;

 private:
  int before_;
};

cv::Mat on_tiles(const Case& c) {
  const OpenCvThreads none(0);
  return run_tiled(c.chain(), c.image, c.tile);
}

cv::Mat on_whole(std::vector<engine::BoundFilter> chain, const cv::Mat& image) {
  const OpenCvThreads some(-1);  // as many as OpenCV likes
  return run_whole(std::move(chain), image);
}

// Runs `check` on `count` cases for each filter that passes `wanted`, each from a seed of its own.
void for_cases(int count, int longest, const std::function<bool(const LoadedFilter&)>& wanted,
               const std::function<void(const Case&, cv::RNG&)>& check) {
  for (const auto& filter : filters()) {
    if (!wanted(filter)) continue;
    for (int seed = 1; seed <= count; ++seed) {
      cv::RNG random(std::hash<std::string>{}(filter.description.name) + static_cast<std::uint64_t>(seed));
      const Case c = any_case({any_call(filter, random)}, longest, random);
      INFO("seed " << seed << ": " << c.text());
      check(c, random);
    }
  }
}

bool any_filter(const LoadedFilter&) {
  return true;
}
bool is_global(const LoadedFilter& filter) {
  return filter.description.kind == FilterKind::global;
}

void check_tiled_equals_whole(const Case& c, cv::RNG&) {
  CHECK(difference(on_tiles(c), on_whole(c.chain(), c.image)) == "");
}

TEST_CASE("names are unique, and every filter says what it is and does") {
  REQUIRE(!filters().empty());
  std::set<std::string> names;
  for (const auto& filter : filters()) {
    const FilterDescription& d = filter.description;
    INFO(filter.file << ": " << d.name);
    CHECK(names.insert(d.name).second);
    CHECK(!d.label.empty());
    CHECK(!d.group.empty());
    CHECK(!d.help.empty());
    CHECK(!d.version.empty());
    std::set<std::string> parameters;
    for (const auto& p : d.parameters) {
      INFO(p.name);
      CHECK(parameters.insert(p.name).second);
      CHECK(!p.label.empty());
      CHECK(!p.help.empty());
    }
  }
}

TEST_CASE("ranges are in order and hold the defaults") {
  for (const auto& filter : filters()) {
    for (const auto& p : filter.description.parameters) {
      INFO(filter.description.name << " " << p.name);
      CHECK(p.minimum <= p.soft_minimum);
      CHECK(p.soft_minimum <= p.soft_maximum);
      CHECK(p.soft_maximum <= p.maximum);
      for (std::size_t part = 0; part < (p.type == ParameterType::colour ? 3 : 1); ++part) {
        CHECK(p.initial[part] >= p.minimum);
        CHECK(p.initial[part] <= p.maximum);
      }
      if (p.type == ParameterType::odd) CHECK(std::fmod(p.initial[0], 2) != 0);
      if (p.type == ParameterType::choice) CHECK(!p.choices.empty());
    }
    CHECK_NOTHROW(bind(filter));
  }
}

TEST_CASE("parameters that are unknown, outside their range or of another type are refused") {
  for (const auto& filter : filters()) {
    INFO(filter.description.name);
    CHECK_THROWS_AS(bind(filter, {{"no-such-parameter", 1.0}}), UserError);
    for (const auto& p : filter.description.parameters) {
      INFO(p.name);
      const auto refuses = [&](const Value& value) {
        CHECK_THROWS_AS(bind(filter, {{p.name, value}}), UserError);
      };
      switch (p.type) {
        case ParameterType::odd:
          refuses(std::floor(p.minimum / 2) * 2 + 2);
          [[fallthrough]];
        case ParameterType::integer:
          refuses(p.initial[0] + 0.5);
          [[fallthrough]];
        case ParameterType::real:
          refuses(std::nextafter(p.minimum, -HUGE_VAL));
          refuses(std::nextafter(p.maximum, HUGE_VAL));
          refuses(std::nan(""));
          refuses(std::string("red"));
          break;
        case ParameterType::boolean:
          refuses(std::string("perhaps"));
          break;
        case ParameterType::choice:
          refuses(std::string("no-such-choice"));
          refuses(1.0);
          break;
        case ParameterType::colour:
          refuses(ColourValue{0, 0, 1.5});
          break;
      }
    }
  }
}

TEST_CASE("tiles of small images give the whole image's result") {
  for_cases(150, 150, any_filter, check_tiled_equals_whole);
}

TEST_CASE("tiles of larger images give the whole image's result") {
  for_cases(12, 700, any_filter, check_tiled_equals_whole);
}

TEST_CASE("a photo in many tiles gives the whole image's result, with every default") {
  cv::RNG random(1);
  const cv::Mat photo = make_image(Scene::photo, {1601, 1103}, {}, random);
  for (const auto& filter : filters()) {
    Call call{&filter, {}};
    for (const auto& parameter : filter.description.parameters) call.values.push_back(parameter.initial);
    const Case c{photo, {512, 128}, {call}};
    INFO(c.text());
    check_tiled_equals_whole(c, random);
  }
}

TEST_CASE("the result has the format that was declared, and alpha") {
  for_cases(20, 40, any_filter, [](const Case& c, cv::RNG&) {
    const PixelFormat format = PixelFormat::of(c.image);
    const PixelFormat declared = c.calls[0].bind().describe(format).output;
    CHECK(PixelFormat::of(on_tiles(c)) == declared);
    CHECK(declared.has_alpha() == format.has_alpha());
  });
}

TEST_CASE("chains on tiles give what the filters give one by one on the whole image") {
  for (int seed = 1; seed <= 600; ++seed) {
    cv::RNG random(static_cast<std::uint64_t>(seed) * 7919);
    std::vector<Call> calls;
    for (int length = random.uniform(2, 4); length > 0; --length) {
      calls.push_back(
          any_call(filters()[static_cast<std::size_t>(random.uniform(0, static_cast<int>(filters().size())))],
                   random));
    }
    const Case c = any_case(std::move(calls), seed % 10 == 0 ? 500 : 120, random);
    INFO("seed " << seed << ": " << c.text());
    cv::Mat whole = c.image;
    for (const Call& call : c.calls) {
      std::vector<engine::BoundFilter> one;
      one.push_back(call.bind());
      whole = on_whole(std::move(one), whole);
    }
    CHECK(difference(on_tiles(c), whole) == "");
  }
}

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

TEST_CASE("stats merge in any order and grouping, and survive the way through bytes") {
  for_cases(25, 600, is_global, [](const Case& c, cv::RNG& random) {
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
    CHECK(difference(result, on_whole(c.chain(), c.image)) == "");
  });
}

TEST_CASE("stats of nothing change nothing") {
  for_cases(5, 300, is_global, [](const Case& c, cv::RNG&) {
    TileStats tiles(c);
    engine::Stats all = tiles.filter().new_stats();
    for (const auto& stats : tiles.stats) tiles.filter().merge(all, stats);
    tiles.filter().merge(all, tiles.filter().new_stats());
    CHECK(difference(tiles.result(std::move(all), c.image), on_whole(c.chain(), c.image)) == "");
  });
}

}  // namespace
}  // namespace tilework::test
