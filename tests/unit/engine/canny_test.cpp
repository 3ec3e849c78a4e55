// Canny on tiles against cv::Canny on the whole image, byte for byte.
#include <cmath>

#include <catch2/catch.hpp>
#include <opencv2/imgproc.hpp>

#include "tests/support/images.h"
#include "tests/support/loaded_plugins.h"

namespace tilework::test {
namespace {

struct Settings {
  double low = 100;
  double high = 200;
  int aperture = 3;
  bool l2 = false;
};

cv::Mat tiled(const cv::Mat& image, cv::Size tile, const Settings& settings) {
  static const auto filters = load_filters(TILEWORK_PLUGIN_DIR);
  std::vector<engine::BoundFilter> chain;
  chain.push_back(bind(find_filter(filters, "canny"), {{"low", settings.low},
                                                       {"high", settings.high},
                                                       {"aperture", double(settings.aperture)},
                                                       {"l2", settings.l2}}));
  return run_tiled(std::move(chain), image, tile);
}

void check_equals_opencv(const cv::Mat& image, cv::Size tile, const Settings& settings = {}) {
  cv::Mat whole;
  cv::Canny(image, whole, settings.low, settings.high, settings.aperture, settings.l2);
  CHECK(difference(tiled(image, tile, settings), whole) == "");
}

// One long line that is bright at its inner end, and otherwise too faint to be an edge by itself.
cv::Mat spiral(cv::Size size, int distance) {
  cv::Mat image(size, CV_8U, cv::Scalar(20));
  const cv::Point2d centre(size.width / 2.0, size.height / 2.0);
  const auto at = [&](double turn) {
    const double radius = distance * turn, angle = 2 * CV_PI * turn;
    return cv::Point(centre + radius * cv::Point2d(std::cos(angle), std::sin(angle)));
  };
  const double turns = std::min(size.width, size.height) / 2.0 / distance - 0.5;
  constexpr double step = 0.002;
  for (double turn = turns; turn > 0.3; turn -= step) {
    const double contrast = turn < 1 ? 120 : std::max(32.0, 120 - 88 * (turn - 1));
    cv::line(image, at(turn), at(turn - step), 20 + contrast, 5);
  }
  return image;
}

TEST_CASE("a faint spiral is followed from its one bright end through all blocks") {
  const cv::Mat image = spiral({1500, 1400}, 14);
  cv::Mat whole, strong;
  cv::Canny(image, whole, 100, 200);
  cv::Canny(image, strong, 200, 200);
  REQUIRE(cv::countNonZero(whole) > 20 * cv::countNonZero(strong));
  check_equals_opencv(image, {512, 256});
  check_equals_opencv(image, {333, 211});
  check_equals_opencv(image, image.size());
}

// A falling diagonal contour, strong at its upper end only; its edge is a chain of pixels that touch at
// corners.
cv::Mat diagonal(int shift) {
  cv::Mat image(512, 512, CV_8U);
  for (int y = 0; y < image.rows; ++y) {
    for (int x = 0; x < image.cols; ++x) {
      const int contrast = x + y < 400 ? 60 : 24, distance = x - y - shift;
      image.at<std::uint8_t>(y, x) = static_cast<std::uint8_t>(100 + (distance > 0   ? contrast
                                                                      : distance < 0 ? 0
                                                                                     : contrast / 2));
    }
  }
  return image;
}

TEST_CASE("edges cross the corner of four blocks") {
  cv::Mat whole;
  cv::Canny(diagonal(0), whole, 100, 200);
  REQUIRE(cv::countNonZero(whole({254, 254, 4, 4})) == 4);
  REQUIRE(whole.at<std::uint8_t>(255, 255) != 0);
  REQUIRE(whole.at<std::uint8_t>(256, 256) != 0);

  for (int shift = -3; shift <= 3; ++shift) {
    cv::Mat falling = diagonal(shift), rising;
    cv::flip(falling, rising, 1);
    INFO("shift " << shift);
    check_equals_opencv(falling, {256, 256});
    check_equals_opencv(rising, {256, 256});
  }
}

TEST_CASE("random images, thresholds, apertures and tiles") {
  cv::RNG random(2024);
  for (int i = 0; i < 60; ++i) {
    const auto seed = random.state;
    const Scene scene = std::array{Scene::noise, Scene::photo, Scene::scribbles,
                                   Scene::scribbles}[static_cast<std::size_t>(random.uniform(0, 4))];
    const cv::Size size(random.uniform(1, 800), random.uniform(1, 700));
    const cv::Mat image = make_image(scene, size, {Depth::u8, random.uniform(0, 2) ? 1 : 3}, random);
    const Settings settings{random.uniform(0.0, 600.0), random.uniform(0.0, 900.0),
                            random.uniform(1, 4) * 2 + 1, random.uniform(0, 2) == 0};
    const cv::Size tile(random.uniform(60, 500), random.uniform(60, 500));
    INFO("seed " << seed << ", " << size << " on tiles of " << tile << ", thresholds " << settings.low << " "
                 << settings.high << ", aperture " << settings.aperture << (settings.l2 ? ", l2" : ""));
    check_equals_opencv(image, tile, settings);
  }
}

TEST_CASE("images of a few pixels") {
  cv::RNG random(11);
  for (int height = 1; height <= 5; ++height) {
    for (int width = 1; width <= 5; ++width) {
      const cv::Mat image = make_image(Scene::noise, {width, height}, {Depth::u8, 3}, random);
      check_equals_opencv(image, {2, 3});
    }
  }
}

}  // namespace
}  // namespace tilework::test
