#include "tools/plugin_check/suite/images.h"

#include <array>
#include <vector>

#include <opencv2/imgproc.hpp>

namespace tilework::conformance {
namespace {

cv::Scalar any_colour(cv::RNG& random, double from, double to) {
  return {random.uniform(from, to), random.uniform(from, to), random.uniform(from, to),
          random.uniform(from, to)};
}

cv::Point any_point(cv::RNG& random, cv::Size size) {
  return {random.uniform(-10, size.width + 10), random.uniform(-10, size.height + 10)};
}

// In float, 0 to 1.
void draw_noise(cv::Mat& image, cv::RNG& random) {
  random.fill(image, cv::RNG::UNIFORM, -0.1, 1.1);
}

void draw_photo(cv::Mat& image, cv::RNG& random) {
  cv::Mat rough(3, 4, image.type());
  random.fill(rough, cv::RNG::UNIFORM, 0.1, 0.9);
  cv::resize(rough, image, image.size(), 0, 0, cv::INTER_CUBIC);
  for (int i = 0; i < 12; ++i) {
    cv::circle(image, any_point(random, image.size()), random.uniform(2, 2 + image.cols / 4),
               any_colour(random, 0, 1), random.uniform(0, 2) ? cv::FILLED : random.uniform(1, 9),
               cv::LINE_AA);
  }
  cv::Mat grain(image.size(), image.type());
  random.fill(grain, cv::RNG::NORMAL, 0, 0.02);
  image += grain;
}

void draw_scribbles(cv::Mat& image, cv::RNG& random) {
  image.setTo(any_colour(random, 0, 0.3));
  const cv::Scalar background =
      cv::Scalar(image.ptr<float>()[0], image.ptr<float>()[0], image.ptr<float>()[0], image.ptr<float>()[0]);
  for (int i = 0; i < 30; ++i) {
    const bool bright = random.uniform(0, 6) == 0;
    const cv::Scalar colour = background + cv::Scalar::all(bright ? 0.6 : random.uniform(0.1, 0.2));
    std::vector<cv::Point> way{any_point(random, image.size())};
    for (int corner = 0; corner < 5; ++corner) way.push_back(any_point(random, image.size()));
    cv::polylines(image, way, false, colour, 1);
  }
}

void draw_spots(cv::Mat& image, cv::RNG& random) {
  image.setTo(any_colour(random, 0.3, 0.7));
  for (int i = 5 + image.rows * image.cols / 200; i > 0; --i) {
    const cv::Scalar colour = cv::Scalar::all(random.uniform(0.0, 1.0));
    const cv::Size half(random.uniform(0, 9), random.uniform(0, 9));
    cv::ellipse(image, any_point(random, image.size()), half, random.uniform(0, 180), 0, 360, colour,
                cv::FILLED);
  }
}

}  // namespace

cv::Mat make_image(Scene scene, cv::Size size, PixelFormat format, cv::RNG& random) {
  cv::Mat image(size, CV_MAKETYPE(CV_32F, format.channels));
  switch (scene) {
    case Scene::noise:
      draw_noise(image, random);
      break;
    case Scene::photo:
      draw_photo(image, random);
      break;
    case Scene::scribbles:
      draw_scribbles(image, random);
      break;
    case Scene::spots:
      draw_spots(image, random);
      break;
    case Scene::flat:
      image.setTo(any_colour(random, 0, 1));
      break;
  }
  cv::Mat result;
  image.convertTo(result, cv_depth(format.depth), white_of(format.depth));
  return result;
}

}  // namespace tilework::conformance
