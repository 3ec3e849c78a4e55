// The kinds of pixels, frames and metadata that files come with.
#include <catch2/catch.hpp>

#include "schema/model/error.h"
#include "tests/support/images.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/imageio/files.h"

namespace tilework::imageio {
namespace {

using Catch::Contains;
using Notes = std::vector<std::string>;

cv::Mat picture(PixelFormat format, cv::Size size = {90, 60}) {
  cv::RNG random(9);
  return test::make_image(test::Scene::photo, size, format, random);
}

std::string profile(const char* name) {
  VipsBlob* blob = nullptr;
  REQUIRE(vips_profile_load(name, &blob, nullptr) == 0);
  std::size_t size = 0;
  const auto* data = static_cast<const char*>(vips_blob_get(blob, &size));
  std::string bytes(data, size);
  vips_area_unref(VIPS_AREA(blob));
  return bytes;
}

std::string blob_of(const std::string& path, const char* field) {
  const VipsOwner image = vips_load(path);
  const void* data = nullptr;
  std::size_t size = 0;
  if (vips_image_get_typeof(image.get(), field) == 0) return "";
  REQUIRE(vips_image_get_blob(image.get(), field, &data, &size) == 0);
  return {static_cast<const char*>(data), size};
}

TEST_CASE("one-bit, gray and 16-bit files keep what they are") {
  initialise("test");
  const test::TempDir dir;
  const cv::Mat gray = picture({Depth::u8, 1});
  const std::string one_bit = GENERATE("a.tif[bitdepth=1]", "a.png[bitdepth=1]");
  CAPTURE(one_bit);
  vips_save(to_vips(gray), dir.file(one_bit));
  const std::string path = dir.file(one_bit.substr(0, 5));
  const cv::Mat read = read_image(path);
  CHECK(PixelFormat::of(read) == PixelFormat{Depth::u8, 1});
  CHECK(cv::countNonZero((read == 0) | (read == 255)) == read.rows * read.cols);
  CHECK(same(read, from_vips(vips_load(path))));
}

TEST_CASE("CMYK becomes sRGB, says so, and loses its profile") {
  initialise("test");
  const test::TempDir dir;
  const std::string format = GENERATE("jpg", "tif");
  VipsImage* cmyk = nullptr;
  REQUIRE(vips_icc_export(to_vips(picture({Depth::u8, 3})).get(), &cmyk, "output_profile", "cmyk", nullptr) ==
          0);
  vips_save(own(cmyk), dir.file("a." + format));
  REQUIRE_FALSE(blob_of(dir.file("a." + format), VIPS_META_ICC_NAME).empty());

  Source source(dir.file("a." + format), "a", Limits{});
  CHECK(source.info().format == PixelFormat{Depth::u8, 3});
  CHECK(source.info().notes ==
        Notes{"CMYK converted to sRGB by the file's own profile (Chemical proof), which was left out"});
  VipsImage* whole = nullptr;
  REQUIRE(vips_icc_transform(vips_load(dir.file("a." + format)).get(), &whole, "srgb", "embedded", TRUE,
                             "intent", VIPS_INTENT_RELATIVE, nullptr) == 0);
  const cv::Mat read = read_all(source);
  cv::Mat difference;
  cv::absdiff(read, from_vips(own(whole)), difference);
  CHECK(cv::mean(difference)[1] < 0.5);  // lcms, as libvips uses it, interpolates between fewer colours
  CHECK(cv::norm(difference, cv::NORM_INF) < 20);
  write_image(dir.file("out.jpg"), read, source.metadata());
  CHECK(blob_of(dir.file("out.jpg"), VIPS_META_ICC_NAME).empty());
}

TEST_CASE("channels beyond four are refused, with what to do") {
  initialise("test");
  const test::TempDir dir;
  const VipsOwner image = to_vips(picture({Depth::f32, 3}));
  VipsImage* joined = nullptr;
  VipsImage* many[] = {image.get(), image.get()};
  REQUIRE(vips_bandjoin(many, &joined, 2, nullptr) == 0);
  vips_save(own(joined), dir.file("six.tif"));
  CHECK_THROWS_WITH(read_image(dir.file("six.tif")), Contains("6 channels"));
}

TEST_CASE("of several frames the first is used, with a note") {
  initialise("test");
  const test::TempDir dir;
  const auto [format, note] = GENERATE(
      table<std::string, std::string>({{"gif", "animated GIF: only the first of 3 frames is used"},
                                       {"webp", "animated WebP: only the first of 3 frames is used"},
                                       {"tif", "multi-page TIFF: only the first page of 3 is used"}}));
  CAPTURE(format);
  const VipsOwner frames = to_vips(picture({Depth::u8, 3}, {40, 60}));
  vips_image_set_int(frames.get(), VIPS_META_PAGE_HEIGHT, 20);
  vips_save(frames, dir.file("a." + format));
  Source source(dir.file("a." + format), "a", Limits{});
  CHECK(source.info().size == cv::Size(40, 20));
  CHECK(source.info().notes == Notes{note});
  CHECK(same(read_all(source), from_vips(vips_load(dir.file("a." + format)))));
}

TEST_CASE("profile, EXIF, XMP and resolution pass from file to file") {
  initialise("test");
  const test::TempDir dir;
  const std::string from = GENERATE("jpg", "png", "tif", "webp");
  const std::string to = GENERATE("jpg", "png", "tif", "webp");
  CAPTURE(from, to);
  const std::string icc = profile("srgb");
  const std::string xmp = "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>";
  const cv::Mat pixels = picture({Depth::u8, 3});
  const VipsOwner image = to_vips(pixels);
  vips_image_set_blob_copy(image.get(), VIPS_META_ICC_NAME, icc.data(), icc.size());
  vips_image_set_blob_copy(image.get(), VIPS_META_XMP_NAME, xmp.data(), xmp.size());
  vips_image_set_string(image.get(), "exif-ifd0-Artist",
                        "A. Nonymous (A. Nonymous, ASCII, 12 components, 12 bytes)");
  VipsImage* dense = nullptr;
  REQUIRE(vips_copy(image.get(), &dense, "xres", 10.0, "yres", 10.0, nullptr) == 0);
  vips_save(own(dense), dir.file("a." + from));

  Source source(dir.file("a." + from), "a", Limits{});
  CHECK(write_image(dir.file("b." + to), pixels, source.metadata()).empty());
  CHECK(blob_of(dir.file("b." + to), VIPS_META_ICC_NAME) == icc);
  CHECK(blob_of(dir.file("b." + to), VIPS_META_XMP_NAME) == xmp);
  const VipsOwner written = vips_load(dir.file("b." + to));
  if (from != "webp" && to != "webp") CHECK(written->Xres == Approx(10.0));
  if (from != "tif" && from != "png" && to != "tif") {  // libvips makes an EXIF block for JPEG and WebP alone
    const char* artist = nullptr;
    REQUIRE(vips_image_get_string(written.get(), "exif-ifd0-Artist", &artist) == 0);
    CHECK_THAT(artist, Catch::StartsWith("A. Nonymous"));
  }
}

TEST_CASE("a profile for colours is left out of a gray result, with a note") {
  initialise("test");
  const test::TempDir dir;
  const VipsOwner image = to_vips(picture({Depth::u8, 3}));
  const std::string icc = profile("srgb");
  vips_image_set_blob_copy(image.get(), VIPS_META_ICC_NAME, icc.data(), icc.size());
  vips_save(image, dir.file("a.png"));
  const Source source(dir.file("a.png"), "a", Limits{});
  const std::string to = GENERATE("jpg", "png", "tif");
  CHECK(write_image(dir.file("b." + to), picture({Depth::u8, 1}), source.metadata()) ==
        Notes{"the colour profile doesn't fit the image any more and was left out"});
  CHECK(blob_of(dir.file("b." + to), VIPS_META_ICC_NAME).empty());
}

}  // namespace
}  // namespace tilework::imageio
