// Small pictures of files that hold them, or are quick to be read small.
#include "server/imageio/reduced/overview.h"

#include <catch2/catch.hpp>

#include "schema/model/error.h"
#include "tests/support/images.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/imageio/files.h"

namespace tilework::imageio {
namespace {

cv::Mat photo(cv::Size size, PixelFormat format = {Depth::u8, 3}) {
  cv::RNG random(5);
  return test::make_image(test::Scene::photo, size, format, random);
}

// In which the mean difference from the reduced image is told, or -1 if there is none.
double distance(const std::string& path, cv::Size size) {
  const Source source(path, "photo", Limits{});
  const cv::Mat small = overview(path, "photo", source.info(), size);
  if (small.empty()) return -1;
  REQUIRE(small.size() == size);
  REQUIRE(small.type() == source.info().format.cv_type());
  cv::Mat reduced;
  cv::resize(read_image(path), reduced, size, 0, 0, cv::INTER_AREA);
  const double range = small.depth() == CV_8U ? 255 : small.depth() == CV_16U ? 65535 : 1;
  return cv::norm(small, reduced, cv::NORM_L1) / static_cast<double>(small.total() * 3) / range;
}

TEST_CASE("a JPEG is seen small, upright, in little of the time") {
  initialise("test");
  const test::TempDir dir;
  const int orientation = GENERATE(1, 3, 6, 7);
  const VipsOwner image = to_vips(photo({1203, 801}));
  vips_image_set_int(image.get(), VIPS_META_ORIENTATION, orientation);
  vips_save(image, dir.file("photo.jpg"));
  const bool turned = orientation >= 5;
  CAPTURE(orientation);
  for (const cv::Size size : {cv::Size(301, 201), cv::Size(151, 101), cv::Size(76, 51)}) {
    const double far = distance(dir.file("photo.jpg"), turned ? cv::Size(size.height, size.width) : size);
    CHECK(far >= 0);
    CHECK(far < 0.02);
  }
  CHECK(distance(dir.file("photo.jpg"), turned ? cv::Size(800, 1203) : cv::Size(1203, 800)) == -1);
}

TEST_CASE("the reductions in a TIFF are used, whether they are pages or parts of one") {
  initialise("test");
  const test::TempDir dir;
  const bool inner = GENERATE(false, true);
  const PixelFormat format{GENERATE(Depth::u8, Depth::u16), 3};
  const std::string path = dir.file("slide.tif");
  const VipsOwner image = to_vips(photo({1203, 801}, format));
  REQUIRE(vips_tiffsave(image.get(), path.c_str(), "tile", TRUE, "tile_width", 64, "tile_height", 64,
                        "pyramid", TRUE, "subifd", inner ? TRUE : FALSE, nullptr) == 0);
  CAPTURE(inner);
  CHECK(Source(path, "slide", Limits{}).info().notes.empty());
  const double far = distance(path, {151, 101});
  CHECK(far >= 0);
  CHECK(far < 0.02);
}

TEST_CASE("files that would have to be decoded as a whole have no overview") {
  initialise("test");
  const test::TempDir dir;
  const cv::Mat image = photo({400, 300});
  write_image(dir.file("photo.png"), image);
  write_image(dir.file("photo.tif"), image);
  const VipsOwner vips = to_vips(image);
  REQUIRE(vips_jpegsave(vips.get(), dir.file("progressive.jpg").c_str(), "interlace", TRUE, nullptr) == 0);
  for (const char* name : {"photo.png", "photo.tif", "progressive.jpg"}) {
    INFO(name);
    CHECK(distance(dir.file(name), {100, 75}) == -1);
  }
}

TEST_CASE("pages of a document aren't taken for reductions of the first") {
  initialise("test");
  const test::TempDir dir;
  const std::string path = dir.file("document.tif");
  std::vector<VipsOwner> pages;
  std::vector<VipsImage*> list;
  for (int i = 0; i < 3; ++i) list.push_back(pages.emplace_back(to_vips(photo({400, 300}))).get());
  VipsImage* joined = nullptr;
  REQUIRE(vips_arrayjoin(list.data(), &joined, 3, "across", 1, nullptr) == 0);
  const VipsOwner owned = own(joined);
  vips_image_set_int(owned.get(), VIPS_META_PAGE_HEIGHT, 300);
  vips_save(owned, path);
  REQUIRE(vips_image_get_n_pages(vips_load(path).get()) == 3);
  CHECK(Source(path, "document", Limits{}).info().notes.size() == 1);
  CHECK(distance(path, {100, 75}) == -1);
}

TEST_CASE("a file that is cut short has no overview that looks whole") {
  initialise("test");
  const test::TempDir dir;
  vips_save(to_vips(photo({1200, 800})), dir.file("photo.jpg"));
  const std::string bytes = bytes_of_file(dir.file("photo.jpg"));
  write_bytes(dir.file("cut.jpg"), bytes.substr(0, bytes.size() / 2));
  const Source source(dir.file("cut.jpg"), "cut.jpg", Limits{});
  CHECK_THROWS_AS(overview(dir.file("cut.jpg"), "cut.jpg", source.info(), {150, 100}), Error);
}

}  // namespace
}  // namespace tilework::imageio
