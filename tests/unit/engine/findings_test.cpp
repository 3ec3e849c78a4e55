// Which findings of a detector count, and for which tile.
#include "server/engine/findings.h"

#include <algorithm>
#include <cmath>

#include <catch2/catch.hpp>
#include <opencv2/imgproc.hpp>

#include "tests/support/images.h"
#include "tests/support/loaded_plugins.h"

namespace tilework::test {
namespace {

using Arguments = std::map<std::string, Value>;
using engine::belongs_to;
using engine::FindingList;

const std::vector<LoadedFilter>& filters() {
  static const auto list = load_filters(TILEWORK_PLUGIN_DIR);
  return list;
}

std::vector<engine::BoundFilter> chain_of(const std::vector<std::pair<std::string, Arguments>>& calls) {
  std::vector<engine::BoundFilter> chain;
  for (const auto& [name, arguments] : calls) chain.push_back(bind(find_filter(filters(), name), arguments));
  return chain;
}

std::vector<Finding> found_in(const cv::Mat& image, cv::Size tile,
                              const std::vector<std::pair<std::string, Arguments>>& calls) {
  FindingList found;
  run_tiled(chain_of(calls), image, tile, &found);
  return found.take();
}

std::vector<Finding> spots_in(const cv::Mat& image, cv::Size tile, const Arguments& arguments = {}) {
  return found_in(image, tile, {{"find-spots", arguments}});
}

cv::Mat black(int width, int height) {
  return {height, width, CV_8U, cv::Scalar(0)};
}

}  // namespace

TEST_CASE("a finding belongs to the tile that holds the centre of its box, rounded down") {
  const cv::Rect tile(10, 20, 5, 5);
  CHECK(belongs_to({10, 20, 1, 1}, tile));
  CHECK(belongs_to({14, 24, 1, 1}, tile));
  CHECK_FALSE(belongs_to({15, 24, 1, 1}, tile));
  CHECK_FALSE(belongs_to({14, 25, 1, 1}, tile));
  CHECK_FALSE(belongs_to({9, 20, 1, 1}, tile));
  CHECK(belongs_to({9, 20, 2, 1}, tile));         // 9 and 10
  CHECK(belongs_to({13, 20, 3, 1}, tile));        // 13 to 15
  CHECK_FALSE(belongs_to({14, 20, 2, 1}, tile));  // 14 and 15
}

TEST_CASE("one of four tiles that meet in a corner owns what lies on it") {
  for (int width = 1; width < 6; ++width) {
    for (int height = 1; height < 6; ++height) {
      for (int x = 15 - width; x <= 15; ++x) {
        for (int y = 25 - height; y <= 25; ++y) {
          int owners = 0;
          for (const cv::Point at : {cv::Point(10, 20), {15, 20}, {10, 25}, {15, 25}}) {
            owners += belongs_to({x, y, width, height}, {at, cv::Size(5, 5)});
          }
          REQUIRE(owners == 1);
        }
      }
    }
  }
}

TEST_CASE("find-spots says where each spot is and how far it lies beyond the threshold") {
  cv::Mat image = black(60, 40);
  image(cv::Rect(5, 6, 4, 3)).setTo(255);
  image(cv::Rect(30, 2, 3, 5)).setTo(200);
  image(cv::Rect(50, 30, 2, 2)).setTo(255);  // smaller than asked for
  image(cv::Rect(20, 20, 9, 3)).setTo(255);  // larger
  CHECK(spots_in(image, image.size(), {{"threshold", 0.4}, {"least", 3.0}, {"most", 8.0}}) ==
        std::vector<Finding>{{{30, 2, 3, 5}, "spot", 98.0 / 255}, {{5, 6, 4, 3}, "spot", 153.0 / 255}});
  cv::Mat negative;
  cv::bitwise_not(image, negative);
  CHECK(spots_in(negative, image.size(), {{"spots", "dark"}, {"threshold", 0.6}, {"most", 8.0}}).size() == 2);
}

TEST_CASE("every tiling finds each spot once, also those on cuts and corners") {
  cv::Mat image = black(97, 83);
  cv::RNG random(5);
  for (int i = 0; i < 150; ++i) {
    const cv::Point at(random.uniform(0, 97), random.uniform(0, 83));
    cv::ellipse(image, at, {random.uniform(0, 6), random.uniform(0, 6)}, 0, 0, 360, random.uniform(100, 256),
                -1);
  }
  const Arguments small{{"threshold", 0.7}, {"least", 1.0}, {"most", 9.0}};
  const auto whole = spots_in(image, image.size(), small);
  REQUIRE(whole.size() > 10);
  for (int width = 1; width < 30; ++width) {
    INFO("tiles of " << width);
    REQUIRE(spots_in(image, {width, 7}, small) == whole);
    REQUIRE(spots_in(image, {64, width}, small) == whole);
  }
}

TEST_CASE("in a chain, what is found belongs to the tile and not to what the filters around it read") {
  cv::Mat image = black(120, 90);
  for (int i = 0; i < 12; ++i) image(cv::Rect(i * 10, i * 7, 4, 4)).setTo(255);
  const Arguments blur{{"size", 15.0}}, all{{"least", 1.0}};
  const auto alone = spots_in(image, image.size(), all);
  REQUIRE(alone.size() == 12);
  const cv::Size tile = GENERATE(cv::Size(120, 90), cv::Size(16, 16), cv::Size(7, 50));
  CHECK(found_in(image, tile, {{"find-spots", all}, {"gaussian-blur", blur}}) == alone);
  CHECK(found_in(image, tile, {{"find-spots", all}, {"equalize", {}}, {"auto-levels", {}}}) == alone);
  const auto twice = found_in(image, tile, {{"find-spots", all}, {"find-spots", all}});
  CHECK(twice.size() == 24);
  const auto blurred = found_in(image, tile, {{"gaussian-blur", {{"size", 3.0}}}, {"find-spots", all}});
  CHECK(blurred == found_in(image, image.size(), {{"gaussian-blur", {{"size", 3.0}}}, {"find-spots", all}}));
}

TEST_CASE("a detector leaves the pixels as they are, and reads half of its largest object around a tile") {
  cv::RNG random(3);
  for (const PixelFormat format : {PixelFormat{Depth::u8, 4}, {Depth::u16, 3}, {Depth::f32, 1}}) {
    const cv::Mat image = make_image(Scene::noise, {50, 40}, format, random);
    CHECK(difference(run_tiled(chain_of({{"find-spots", {}}}), image, {16, 16}), image) == "");
    const auto chain = chain_of({{"find-spots", {{"most", 64.0}}}});
    CHECK(chain[0].describe(format) == engine::Traits{Halo::all(33), format});
  }
}

TEST_CASE("of many findings the first ones are kept, in whatever order and portions they come") {
  const auto at = [](int i) { return Finding{{i % 1000, i / 1000, 1, 1}, "spot", 1}; };
  constexpr int count = 250'000;
  FindingList forwards, backwards;
  for (int i = 0; i < count; ++i) forwards.add(at(i));
  FindingList part;
  for (int i = count - 1; i >= 0; --i) {
    part.add(at(i));
    if (i % 120'000 == 0) {
      const auto total = part.total();
      backwards.add(total, part.take());
    }
  }
  CHECK(forwards.total() == count);
  CHECK(backwards.total() == count);
  const auto kept = forwards.take();
  REQUIRE(kept.size() == engine::most_findings);
  CHECK(kept.front() == at(0));
  CHECK(kept.back() == at(99'999));
  CHECK(backwards.take() == kept);
}

TEST_CASE("findings that make no sense are told by what is wrong") {
  const cv::Size image(100, 50);
  const auto fault = [&](Region box, const std::string& label, double score) {
    return engine::fault_of({box, label, score}, image);
  };
  CHECK(fault({0, 0, 100, 50}, "spot", 1) == "");
  CHECK(fault({0, 0, 0, 5}, "spot", 1) == "a box of 0x5 pixels");
  CHECK_THAT(fault({98, 0, 3, 5}, "spot", 1), Catch::Contains("outside the image"));
  CHECK_THAT(fault({-1, 0, 3, 5}, "spot", 1), Catch::Contains("3x5 pixels at -1,0"));
  CHECK_THAT(fault({2147483647, 0, 2147483647, 5}, "spot", 1), Catch::Contains("outside"));
  CHECK_THAT(fault({0, 0, 3, 5}, "", 1), Catch::Contains("label"));
  CHECK_THAT(fault({0, 0, 3, 5}, "two\nlines", 1), Catch::Contains("label"));
  CHECK_THAT(fault({0, 0, 3, 5}, std::string(65, 'x'), 1), Catch::Contains("label"));
  CHECK_THAT(fault({0, 0, 3, 5}, "spot", HUGE_VAL), Catch::Contains("score"));
}

}  // namespace tilework::test
