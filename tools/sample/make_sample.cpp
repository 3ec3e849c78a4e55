// tilework-make-sample: writes a photo-like image, always the same for a size.
//
// "Dead leaves" (discs and boxes that hide each other, many small and few large, as in Lee, Mumford and
// Huang, "Occlusion Models for Natural Images", 2001) give the contours and the spectrum of a photograph;
// clouds of noise give its soft light, and grain what a sensor adds. Whole in memory at 8 bit; all that is
// float goes by strips.

#include <algorithm>
#include <cmath>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace {

constexpr double leaves_per_megapixel = 3000;
constexpr int strip_rows = 256;

cv::Scalar random_colour(cv::RNG& random) {
  const double light = random.uniform(25.0, 215.0);
  const auto tint = [&] { return std::clamp(light + random.gaussian(22), 5.0, 245.0); };
  const double blue = tint(), green = tint(), red = tint();
  return {blue, green, red};
}

// From evening light above to shadow below.
void paint_background(cv::Mat& image) {
  const cv::Scalar top(225, 190, 160), bottom(45, 60, 70);
  for (int y = 0; y < image.rows; ++y) {
    const double down = static_cast<double>(y) / image.rows;
    image.row(y).setTo(top * (1 - down) + bottom * down);
  }
}

// Radii fall off with the third power, between a few pixels and a fifth of the height.
void drop_leaves(cv::Mat& image, cv::RNG& random) {
  const double smallest = 5, largest = std::max(4.0, image.rows / 5.0);
  const double a = 1 / (smallest * smallest), b = 1 / (largest * largest);
  const int count =
      static_cast<int>(std::ceil(leaves_per_megapixel * static_cast<double>(image.total()) / 1e6));
  for (int i = 0; i < count; ++i) {
    const auto radius = static_cast<float>(1 / std::sqrt(random.uniform(b, a)));
    const cv::Point2f centre(random.uniform(0.f, 1.f) * static_cast<float>(image.cols),
                             random.uniform(0.f, 1.f) * static_cast<float>(image.rows));
    const float flatness = random.uniform(0.35f, 1.f), angle = random.uniform(0.f, 180.f);
    const auto colour = random_colour(random);
    const cv::RotatedRect box(centre, {2 * radius, 2 * radius * flatness}, angle);
    if (random.uniform(0, 4) > 0) {
      cv::ellipse(image, box, colour, cv::FILLED, cv::LINE_AA);
    } else {
      std::vector<cv::Point2f> corners(4);
      box.points(corners.data());
      const std::vector<cv::Point> polygon(corners.begin(), corners.end());
      cv::fillConvexPoly(image, polygon, colour, cv::LINE_AA);
    }
  }
}

// Lines of writing, from large to hardly readable: thin strokes with hard ends.
void write_text(cv::Mat& image) {
  double y = image.rows * 0.6;
  for (double size = image.rows / 700.0; size > 0.3 && y < image.rows; size *= 0.7) {
    const int stroke = std::max(1, static_cast<int>(size * 1.6));
    const cv::Point at(image.cols / 20, static_cast<int>(y));
    cv::putText(image, "Tilework sample: 0123456789 tiles without a seam", at, cv::FONT_HERSHEY_SIMPLEX, size,
                {240, 245, 250}, stroke, cv::LINE_AA);
    y += size * 38;
  }
}

// Noise of a 1/f spectrum: octave upon octave, each twice as fine and half as strong. A quarter of the
// image's scale.
cv::Mat make_clouds(cv::Size size, cv::RNG& random) {
  const cv::Size wanted((size.width + 3) / 4, (size.height + 3) / 4);
  cv::Mat clouds(2, 3, CV_32F, cv::Scalar(0));
  for (double strength = 24;; strength /= 2) {
    cv::Mat octave(clouds.size(), CV_32F);
    random.fill(octave, cv::RNG::NORMAL, 0, std::max(strength, 1.0));
    clouds += octave;
    if (clouds.cols >= wanted.width && clouds.rows >= wanted.height) break;
    cv::resize(clouds, clouds, {clouds.cols * 2, clouds.rows * 2}, 0, 0, cv::INTER_CUBIC);
  }
  return clouds(cv::Rect({}, wanted)).clone();
}

// Light of the clouds and grain of its own for each pixel, strip by strip.
void add_light_and_grain(cv::Mat& image, const cv::Mat& clouds, cv::RNG& random) {
  for (int y = 0; y < image.rows; y += strip_rows) {
    cv::Mat strip = image.rowRange(y, std::min(image.rows, y + strip_rows));
    const int margin = 4;  // rows of clouds that the interpolation reads beyond the strip
    const int from = std::max(0, y / 4 - margin);
    const int to = std::min(clouds.rows, (y + strip.rows + 3) / 4 + margin);
    cv::Mat light;
    cv::resize(clouds.rowRange(from, to), light, {}, 4, 4, cv::INTER_CUBIC);
    light = light(cv::Rect(0, y - from * 4, strip.cols, strip.rows));

    cv::Mat grain(strip.size(), CV_32FC3);
    random.fill(grain, cv::RNG::NORMAL, 0, 5);
    cv::Mat lights;
    cv::merge(std::vector<cv::Mat>{light, light, light}, lights);
    grain += lights;
    cv::add(strip, grain, strip, cv::noArray(), CV_8U);
  }
}

cv::Mat make_sample(double megapixels) {
  const double height = std::sqrt(megapixels * 1e6 / 1.5);
  const cv::Size size(static_cast<int>(std::ceil(height * 1.5)), static_cast<int>(std::ceil(height)));
  cv::RNG random(20240229);
  cv::Mat image(size, CV_8UC3);
  paint_background(image);
  drop_leaves(image, random);
  write_text(image);
  add_light_and_grain(image, make_clouds(size, random), random);
  return image;
}

}  // namespace

int main(int argc, char** argv) {
  std::string out;
  double megapixels = 12;
  CLI::App app{"Writes a photo-like image, always the same for a size."};
  app.add_option("OUT", out,
                 "File to write: .jpg, .png, .tif or another that OpenCV writes. Put -- before a name that "
                 "begins with a dash")
      ->required();
  app.add_option("--megapixels", megapixels, "Its size; the sides are 3:2")
      ->check(CLI::Range(0.0001, 1000.0))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    if (!cv::imwrite(out, make_sample(megapixels), {cv::IMWRITE_JPEG_QUALITY, 92})) {
      std::cerr << "tilework-make-sample: can't write " << out << "; does its folder exist?\n";
      return 1;
    }
  } catch (const cv::Exception& error) {
    std::cerr << "tilework-make-sample: can't write " << out << ": " << error.err << '\n';
    return 1;
  }
}
