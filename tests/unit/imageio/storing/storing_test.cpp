// How files are stored, read by OpenCV and by the numbers of the formats' specifications.
#include <cstring>
#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>
#include <opencv2/imgcodecs.hpp>

#include "server/imageio/sink.h"
#include "tests/support/images.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/imageio/files.h"

using namespace tilework;
using namespace tilework::imageio;

namespace {

void store(const std::string& path, const cv::Mat& image, const OutputSettings& settings) {
  initialise("test");
  const OutputFile file(path);
  Sink sink(file.fd(), image.size(), PixelFormat::of(image), Metadata(), settings);
  sink.write(image);
  sink.finish();
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

template <class Number>
Number number_at(const std::string& bytes, std::size_t at) {
  Number number{};
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

// The short value of a tag in the first directory of a little-endian TIFF 6.0; 0 if it isn't there.
int tag_of(const std::string& bytes, int tag) {
  const auto directory = number_at<std::uint32_t>(bytes, 4);
  for (int i = 0; i < number_at<std::uint16_t>(bytes, directory); ++i) {
    const std::size_t entry = directory + 2 + 12 * static_cast<std::size_t>(i);
    if (number_at<std::uint16_t>(bytes, entry) == tag) return number_at<std::uint16_t>(bytes, entry + 8);
  }
  return 0;
}

constexpr int compression_tag = 259, predictor_tag = 317;

}  // namespace

TEST_CASE("TIFF files have the compression that is asked for, and lose nothing by it") {
  struct Case {
    const char* name;
    int number;  // of the tag
    bool predicts;
  };
  const auto [name, number, predicts] =
      GENERATE(Case{"none", 1, false}, Case{"lzw", 5, true}, Case{"deflate", 8, true},
               Case{"zstd", 50000, true}, Case{"packbits", 32773, false});
  const auto depth = GENERATE(Depth::u8, Depth::u16, Depth::f32);
  CAPTURE(name, static_cast<int>(depth));
  cv::RNG random(7);
  const cv::Mat image = test::make_image(test::Scene::photo, {97, 301}, {depth, 3}, random);
  const test::TempDir dir;
  store(dir.file("a.tif"), image, {.format = "tiff", .compression = name});
  const std::string bytes = bytes_of(dir.file("a.tif"));
  CHECK(tag_of(bytes, compression_tag) == number);
  CHECK((tag_of(bytes, predictor_tag) == 2) == (predicts && depth != Depth::f32));
  const cv::Mat read = cv::imread(dir.file("a.tif"), cv::IMREAD_UNCHANGED);
  REQUIRE(read.type() == image.type());
  CHECK(cv::norm(read, image, cv::NORM_INF) == 0);
}

TEST_CASE("JPEG inside a TIFF has the quality that is asked for") {
  cv::RNG random(7);
  const cv::Mat image = test::make_image(test::Scene::photo, {97, 301}, {Depth::u8, 3}, random);
  const test::TempDir dir;
  store(dir.file("good.tif"), image, {.format = "tiff", .jpeg_quality = 95, .compression = "jpeg"});
  store(dir.file("poor.tif"), image, {.format = "tiff", .jpeg_quality = 20, .compression = "jpeg"});
  const std::string good = bytes_of(dir.file("good.tif"));
  CHECK(tag_of(good, compression_tag) == 7);
  CHECK(bytes_of(dir.file("poor.tif")).size() * 2 < good.size());
}

TEST_CASE("WebP is lossless if it is asked to be") {
  cv::RNG random(7);
  const cv::Mat image = test::make_image(test::Scene::photo, {97, 301}, {Depth::u8, 3}, random);
  const test::TempDir dir;
  const auto loss = [&](bool lossless) {
    store(dir.file("a.webp"), image, {.format = "webp", .lossless = lossless});
    return cv::norm(cv::imread(dir.file("a.webp"), cv::IMREAD_UNCHANGED), image, cv::NORM_INF);
  };
  CHECK(loss(true) == 0);
  CHECK(loss(false) > 0);
}
