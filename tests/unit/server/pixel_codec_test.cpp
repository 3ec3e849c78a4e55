#include <cstring>

#include <catch2/catch.hpp>
#include <tilework/types.h>

#include "schema/model/error.h"
#include "server/pixel_codec/codec.h"
#include "tests/support/images.h"

namespace tilework::pixel_codec {
namespace {

using test::make_image;
using test::Scene;

bool same_bits(const cv::Mat& a, const cv::Mat& b) {
  if (a.size() != b.size() || a.type() != b.type()) return false;
  for (int y = 0; y < a.rows; ++y) {
    if (std::memcmp(a.ptr(y), b.ptr(y), static_cast<std::size_t>(a.cols) * a.elemSize()) != 0) return false;
  }
  return true;
}

cv::Mat unpacked(std::span<const std::byte> packed, const cv::Mat& like) {
  cv::Mat pixels(like.size(), like.type(), cv::Scalar::all(7));
  unpack(packed, pixels);
  return pixels;
}

std::vector<PixelFormat> all_formats() {
  std::vector<PixelFormat> formats;
  for (const Depth depth : {Depth::u8, Depth::u16, Depth::f32}) {
    for (int channels = 1; channels <= 4; ++channels) formats.push_back({depth, channels});
  }
  return formats;
}

}  // namespace

TEST_CASE("packed pixels come back bit for bit, in every format, size and scene") {
  cv::RNG random(3);
  for (const auto format : all_formats()) {
    for (const cv::Size size : {cv::Size(1, 1), cv::Size(1, 300), cv::Size(700, 1), cv::Size(401, 259)}) {
      for (const Scene scene : {Scene::noise, Scene::photo, Scene::scribbles, Scene::flat}) {
        const cv::Mat pixels = make_image(scene, size, format, random);
        INFO(size << " depth " << static_cast<int>(format.depth) << " channels " << format.channels);
        CHECK(same_bits(unpacked(pack(pixels), pixels), pixels));
      }
    }
  }
}

TEST_CASE("rows with room between them are packed and unpacked alike") {
  cv::RNG random(4);
  const cv::Mat image = make_image(Scene::photo, {640, 480}, {Depth::u8, 3}, random);
  const cv::Mat inside = image(cv::Rect(17, 33, 401, 300));
  const auto packed = pack(inside);
  CHECK(packed == pack(inside.clone()));
  cv::Mat target(480, 640, CV_8UC3, cv::Scalar::all(1));
  cv::Mat window = target(cv::Rect(100, 100, 401, 300));
  unpack(packed, window);
  CHECK(same_bits(window, inside));
  CHECK(target.at<cv::Vec3b>(99, 100) == cv::Vec3b(1, 1, 1));
  CHECK(target.at<cv::Vec3b>(100, 501) == cv::Vec3b(1, 1, 1));
}

TEST_CASE("a grainy photo shrinks by a fifth and more, and flat areas to almost nothing") {
  cv::RNG random(5);
  const cv::Mat photo = make_image(Scene::photo, {1024, 512}, {Depth::u8, 3}, random);
  CHECK(pack(photo).size() < photo.total() * photo.elemSize() * 4 / 5);
  const cv::Mat flat = make_image(Scene::flat, {1024, 512}, {Depth::u16, 3}, random);
  CHECK(pack(flat).size() < flat.total() * flat.elemSize() / 1000);
}

TEST_CASE("packed pixels that are cut off, or longer than they should be, are refused") {
  cv::RNG random(6);
  const cv::Mat pixels = make_image(Scene::photo, {300, 400}, {Depth::u8, 3}, random);
  auto packed = pack(pixels);
  for (std::size_t length = 0; length < packed.size(); length += 1 + length / 50) {
    INFO(length << " of " << packed.size());
    CHECK_THROWS_AS(unpacked(std::span(packed).first(length), pixels), Error);
  }
  CHECK_THROWS_AS(unpacked(std::span(packed).first(packed.size() - 1), pixels), Error);
  packed.push_back(std::byte{0});
  CHECK_THROWS_WITH(unpacked(packed, pixels), Catch::Contains("more than the pixels"));
}

TEST_CASE("packed pixels of another size or format are refused") {
  cv::RNG random(7);
  const cv::Mat pixels = make_image(Scene::photo, {300, 400}, {Depth::u8, 3}, random);
  const auto packed = pack(pixels);
  CHECK_THROWS_AS(unpacked(packed, cv::Mat(401, 300, CV_8UC3)), Error);
  CHECK_THROWS_AS(unpacked(packed, cv::Mat(399, 300, CV_8UC3)), Error);
  CHECK_THROWS_AS(unpacked(packed, cv::Mat(400, 301, CV_8UC3)), Error);
  CHECK_THROWS_AS(unpacked(packed, cv::Mat(400, 300, CV_8UC4)), Error);
  CHECK_THROWS_AS(unpacked(packed, cv::Mat(400, 300, CV_16UC3)), Error);
}

TEST_CASE("damaged packed pixels are refused, and do no harm") {
  cv::RNG random(8);
  for (const auto format :
       {PixelFormat{Depth::u8, 3}, PixelFormat{Depth::u16, 1}, PixelFormat{Depth::f32, 4}}) {
    const cv::Mat pixels = make_image(Scene::photo, {150, 120}, format, random);
    const auto packed = pack(pixels);
    int refused = 0;
    for (int round = 0; round < 2000; ++round) {
      auto hostile = packed;
      const int flips = random.uniform(1, 4);
      for (int i = 0; i < flips; ++i) {
        // Half of them near the beginning, where the sizes are.
        const int end = random.uniform(0, 2) == 0 ? 24 : static_cast<int>(hostile.size());
        hostile[static_cast<std::size_t>(random.uniform(0, end))] ^= std::byte(1 << random.uniform(0, 8));
      }
      try {
        const cv::Mat result = unpacked(hostile, pixels);
        CHECK(same_bits(result, pixels));  // bits that say nothing may be turned
      } catch (const Error&) {
        ++refused;
      }
    }
    CHECK(refused > 1900);
  }
}

TEST_CASE("bytes that were never pixels are refused") {
  cv::RNG random(9);
  const cv::Mat pixels(64, 64, CV_8UC3);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::byte> bytes(static_cast<std::size_t>(random.uniform(0, 400)));
    for (auto& byte : bytes) byte = std::byte(random.uniform(0, 256));
    // With the magic number of zstd, so that it looks farther.
    const std::byte magic[] = {std::byte{0x28}, std::byte{0xb5}, std::byte{0x2f}, std::byte{0xfd}};
    if (bytes.size() > 4 && round % 2 == 0) std::memcpy(bytes.data(), magic, 4);
    CHECK_THROWS_AS(unpacked(bytes, pixels), Error);
  }
}

}  // namespace tilework::pixel_codec
