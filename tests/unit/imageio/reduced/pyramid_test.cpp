// Pyramids: any rectangle of any level, while rows are added.
#include "server/imageio/reduced/pyramid.h"

#include <catch2/catch.hpp>
#include <opencv2/imgproc.hpp>

#include "tests/support/images.h"

namespace tilework::imageio {
namespace {

void add_in_pieces(Pyramid& pyramid, const cv::Mat& image, cv::RNG& random) {
  for (int y = 0; y < image.rows;) {
    const int rows = std::min(image.rows - y, random.uniform(1, 40));
    pyramid.add(image.rowRange(y, y + rows));
    y += rows;
  }
}

cv::Mat read(const Pyramid& pyramid, int level, cv::Rect rect) {
  cv::Mat out(rect.size(), pyramid.format().cv_type());
  pyramid.read(level, rect, out);
  return out;
}

// The next level of a whole image.
cv::Mat half(const cv::Mat& image) {
  cv::Mat even;
  cv::copyMakeBorder(image, even, 0, image.rows % 2, 0, image.cols % 2, cv::BORDER_REPLICATE);
  cv::Mat out;
  cv::resize(even, out, {even.cols / 2, even.rows / 2}, 0, 0, cv::INTER_AREA);
  return out;
}

double difference(const cv::Mat& a, const cv::Mat& b) {
  REQUIRE(a.size() == b.size());
  return cv::norm(a, b, cv::NORM_INF);
}

TEST_CASE("every level of a pyramid is the mean of the one before, however the rows came") {
  cv::RNG random(5);
  for (const PixelFormat format :
       {PixelFormat{Depth::u8, 3}, PixelFormat{Depth::u16, 1}, PixelFormat{Depth::f32, 4}}) {
    for (const cv::Size size : {cv::Size{1, 1}, cv::Size{256, 256}, cv::Size{257, 3}, cv::Size{1031, 777}}) {
      INFO(size << " channels " << format.channels);
      cv::Mat expected = test::make_image(test::Scene::noise, size, format, random);
      Pyramid pyramid(size, format);
      add_in_pieces(pyramid, expected, random);
      for (int level = 0; level < pyramid.levels(); ++level) {
        REQUIRE(pyramid.size(level) == expected.size());
        REQUIRE(pyramid.rows(level) == expected.rows);
        CHECK(difference(read(pyramid, level, {{0, 0}, expected.size()}), expected) <= 1e-6);
        const cv::Rect some(expected.cols / 3, expected.rows / 2, (expected.cols + 1) / 2,
                            (expected.rows + 1) / 2);
        CHECK(difference(read(pyramid, level, some), expected(some)) <= 1e-6);
        expected = half(expected);
      }
      CHECK(std::max(pyramid.size(pyramid.levels() - 1).width, pyramid.size(pyramid.levels() - 1).height) <=
            256);
    }
  }
}

TEST_CASE("a pyramid says which rows can be read while it grows") {
  cv::RNG random(6);
  const cv::Mat image = test::make_image(test::Scene::noise, {600, 400}, {Depth::u8, 3}, random);
  Pyramid pyramid(image.size(), {Depth::u8, 3});
  CHECK(pyramid.rows(0) == 0);
  pyramid.add(image.rowRange(0, 101));
  CHECK(pyramid.rows(0) == 101);
  CHECK(pyramid.rows(1) == 50);
  CHECK(difference(read(pyramid, 0, {100, 20, 300, 81}), image({100, 20, 300, 81})) == 0);
  pyramid.add(image.rowRange(101, 400));
  CHECK(pyramid.rows(1) == 200);
}

}  // namespace
}  // namespace tilework::imageio
