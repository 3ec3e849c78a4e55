// The 8-bit Gaussian blur of plugins/gaussian_u8.h against cv::GaussianBlur: the same bytes.
#include "plugins/gaussian_u8.h"

#include <catch2/catch.hpp>

namespace tilework::test {
namespace {

cv::Mat expected(const cv::Mat& in, int size) {
  cv::Mat out;
  cv::GaussianBlur(in, out, {size, size}, 0, 0, cv::BORDER_DEFAULT | cv::BORDER_ISOLATED);
  return out;
}

// That this processor has wider ones says nothing about others.
void check_narrower_vectors(const cv::Mat& in, int size) {
#ifdef __x86_64__
  const auto weights = gaussian_weights(size);
  if (in.depth() != CV_8U || !can_blur<GaussianU8Avx2>(in) || !weights) return;
  cv::Mat out;
  gaussian_blur_u8<GaussianU8Avx2>(*weights, in, out);
  CHECK(cv::norm(out, expected(in, size), cv::NORM_INF) == 0);
#endif
}

void check(const cv::Mat& in, int size) {
  INFO(in.cols << "x" << in.rows << " pixels of " << cv::typeToString(in.type()) << ", kernel of " << size);
  cv::Mat out;
  gaussian_blur(in, out, size);
  REQUIRE(out.type() == in.type());
  CHECK(cv::norm(out, expected(in, size), cv::NORM_INF) == 0);
  check_narrower_vectors(in, size);
}

// Noise; all that's dark or bright; white alone, where sums are the largest.
void fill(cv::Mat& image, cv::RNG& random) {
  switch (random.uniform(0, 3)) {
    case 0:
      random.fill(image, cv::RNG::UNIFORM, 0, 256);
      break;
    case 1:
      random.fill(image, cv::RNG::UNIFORM, 0, 2);
      image *= 255;
      break;
    default:
      image.setTo(cv::Scalar::all(255));
  }
}

TEST_CASE("the 8-bit Gaussian blur is cv::GaussianBlur's for every size") {
  cv::RNG random(11);
  for (int size = 1; size <= 255; size += 2) {
    for (const int channels : {1, 3, 4}) {
      for (int round = 0; round < 4; ++round) {
        cv::Mat image(random.uniform(1, 120), random.uniform(1, 200), CV_8UC(channels));
        fill(image, random);
        check(image, size);
      }
    }
  }
}

TEST_CASE("the 8-bit Gaussian blur is cv::GaussianBlur's for every small image") {
  cv::RNG random(12);
  for (int rows = 1; rows <= 9; ++rows) {
    for (int columns = 1; columns <= 140; ++columns) {
      for (const int channels : {1, 3, 4}) {
        cv::Mat image(rows, columns, CV_8UC(channels));
        fill(image, random);
        check(image, 9);
        check(image, 31);
      }
    }
  }
}

TEST_CASE("the 8-bit Gaussian blur takes a part of a matrix as a whole image") {
  cv::RNG random(13);
  cv::Mat large(90, 150, CV_8UC3);
  random.fill(large, cv::RNG::UNIFORM, 0, 256);
  check(large(cv::Rect(20, 17, 101, 53)), 31);
}

TEST_CASE("the 8-bit Gaussian blur leaves other depths to OpenCV") {
  cv::RNG random(14);
  for (const int type : {CV_16UC3, CV_32FC1}) {
    cv::Mat image(40, 64, type);
    random.fill(image, cv::RNG::UNIFORM, 0, 200);
    check(image, 31);
  }
}

TEST_CASE("most sizes of the Gaussian blur have weights for GaussianU8") {
  CHECK_FALSE(gaussian_weights(3));
  for (int size = 9; size <= 255; size += 2) CHECK(gaussian_weights(size));
}

}  // namespace
}  // namespace tilework::test
