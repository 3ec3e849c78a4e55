// Orientation is applied to the pixels once, and then forgotten.
#include <catch2/catch.hpp>

#include "tests/support/images.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/imageio/files.h"

namespace tilework::imageio {
namespace {

// EXIF 2.3, tag 274: which side of the picture the stored rows and columns begin at.
cv::Mat upright(const cv::Mat& stored, int orientation) {
  const int width = orientation >= 5 ? stored.rows : stored.cols;
  const int height = orientation >= 5 ? stored.cols : stored.rows;
  cv::Mat out(height, width, stored.type());
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int right = stored.cols - 1;
      const int bottom = stored.rows - 1;
      const cv::Point from[] = {{x, y}, {right - x, y},  {right - x, bottom - y}, {x, bottom - y},
                                {y, x}, {y, bottom - x}, {right - y, bottom - x}, {right - y, x}};
      const cv::Point at = from[orientation - 1];
      std::memcpy(out.ptr(y, x), stored.ptr(at.y, at.x), stored.elemSize());
    }
  }
  return out;
}

TEST_CASE("all eight orientations come out upright") {
  initialise("test");
  const test::TempDir dir;
  const int orientation = GENERATE(1, 2, 3, 4, 5, 6, 7, 8);
  const std::string format = GENERATE("jpg", "tif");
  const auto size = GENERATE(cv::Size(1, 1), cv::Size(1, 19), cv::Size(521, 67));
  CAPTURE(orientation, format, size);
  cv::RNG random(3);
  const cv::Mat image = test::make_image(test::Scene::noise, size, {Depth::u8, 3}, random);
  const VipsOwner tagged = to_vips(image);
  vips_image_set_int(tagged.get(), VIPS_META_ORIENTATION, orientation);
  const std::string path = dir.file("turned." + format);
  vips_save(tagged, path);

  const cv::Mat stored = from_vips(vips_load(path));
  Source source(path, "turned", Limits{});
  const cv::Mat read = read_all(source, 10);
  CHECK(same(read, upright(stored, orientation)));

  VipsImage* turned = nullptr;
  REQUIRE(vips_autorot(vips_load(path).get(), &turned, nullptr) == 0);
  CHECK(same(read, from_vips(own(turned))));

  const std::string out = "out." + GENERATE(as<std::string>(), "jpg", "png", "tif", "webp");
  write_image(dir.file(out), read, source.metadata());
  CHECK(read_image(dir.file(out)).size() == read.size());
  CHECK(vips_image_get_orientation(vips_load(dir.file(out)).get()) == 1);
}

TEST_CASE("turned images keep their depth and their alpha") {
  initialise("test");
  const test::TempDir dir;
  const int orientation = GENERATE(2, 3, 5, 6, 7, 8);
  const auto format =
      GENERATE(PixelFormat{Depth::u16, 4}, PixelFormat{Depth::f32, 1}, PixelFormat{Depth::f32, 4});
  cv::RNG random(4);
  const cv::Mat image = test::make_image(test::Scene::noise, {600, 150}, format, random);
  const VipsOwner tagged = to_vips(image);
  vips_image_set_int(tagged.get(), VIPS_META_ORIENTATION, orientation);
  vips_save(tagged, dir.file("turned.tif"));
  CHECK(same(read_image(dir.file("turned.tif"), 64), upright(image, orientation)));
}

}  // namespace
}  // namespace tilework::imageio
