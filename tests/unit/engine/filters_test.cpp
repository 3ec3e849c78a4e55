// The filters that come with Tilework, on whole images, against the OpenCV calls that they stand for.
#include <cmath>
#include <functional>
#include <limits>

#include <catch2/catch.hpp>
#include <opencv2/imgproc.hpp>

#include "schema/model/error.h"
#include "tests/support/images.h"
#include "tests/support/loaded_plugins.h"

namespace tilework::test {
namespace {

using Arguments = std::map<std::string, Value>;
using Formula = std::function<cv::Mat(const cv::Mat&)>;

const std::vector<LoadedFilter>& filters() {
  static const auto list = load_filters(TILEWORK_PLUGIN_DIR);
  return list;
}

cv::Mat apply(const std::string& name, const cv::Mat& image, const Arguments& arguments = {}) {
  std::vector<engine::BoundFilter> chain;
  chain.push_back(bind(find_filter(filters(), name), arguments));
  return run_whole(std::move(chain), image);
}

// Checks a filter against its formula on noise and on a photo. The width is one that leaves OpenCV's vector
// loops no rest, where its float results are its own.
void check_equals(const std::string& name, const Arguments& arguments,
                  std::initializer_list<PixelFormat> formats, const Formula& formula) {
  cv::RNG random(7);
  for (const PixelFormat format : formats) {
    for (const Scene scene : {Scene::noise, Scene::photo}) {
      const cv::Mat image = make_image(scene, {192, 67}, format, random);
      INFO(name << " on " << cv::typeToString(image.type()));
      CHECK(difference(apply(name, image, arguments), formula(image)) == "");
    }
  }
}

constexpr PixelFormat gray_u8{Depth::u8, 1}, bgr_u8{Depth::u8, 3};
constexpr PixelFormat gray_u16{Depth::u16, 1}, bgr_u16{Depth::u16, 3};
constexpr PixelFormat gray_f32{Depth::f32, 1}, bgr_f32{Depth::f32, 3};

cv::Mat gray_of(const cv::Mat& image) {
  cv::Mat gray = image;
  if (image.channels() == 3) cv::cvtColor(image, gray, cv::COLOR_BGR2GRAY);
  return gray;
}

TEST_CASE("grayscale keeps the luma") {
  check_equals("grayscale", {}, {gray_u8, bgr_u8, bgr_u16, gray_f32, bgr_f32}, gray_of);
}

TEST_CASE("invert is white minus each value") {
  check_equals("invert", {}, {gray_u8, bgr_u8, bgr_u16, bgr_f32}, [](const cv::Mat& image) {
    return cv::Mat(cv::Scalar::all(white_of(depth_from_cv(image.depth()))) - image);
  });
}

TEST_CASE("a filter may hand on the NaN that it was given") {
  cv::Mat image(20, 30, CV_32FC1, cv::Scalar::all(0.5));
  image.at<float>(7, 9) = std::numeric_limits<float>::quiet_NaN();
  CHECK(std::isnan(apply("invert", image).at<float>(7, 9)));
}

TEST_CASE("brightness-contrast multiplies and adds, its bias being of 255 at every depth") {
  const auto linear = [](double gain, double bias) {
    return [=](const cv::Mat& image) {
      cv::Mat out;
      image.convertTo(out, -1, gain, bias * white_of(depth_from_cv(image.depth())) / 255);
      return out;
    };
  };
  check_equals("brightness-contrast", {}, {gray_u8, bgr_u8, bgr_u16, bgr_f32}, linear(1.5, 40));
  check_equals("brightness-contrast", {{"gain", 0.37}, {"bias", -12.5}}, {bgr_u8, bgr_u16, bgr_f32},
               linear(0.37, -12.5));
}

TEST_CASE("the channel filters keep one channel") {
  const auto keep = [](int channel) {
    return [=](const cv::Mat& image) {
      cv::Scalar mask;
      mask[channel] = 1;
      return cv::Mat(image.mul(cv::Mat(image.size(), image.type(), mask)));
    };
  };
  check_equals("blue-filter", {}, {bgr_u8, bgr_u16, bgr_f32}, keep(0));
  check_equals("green-filter", {}, {bgr_u8, bgr_u16, bgr_f32}, keep(1));
  check_equals("red-filter", {}, {bgr_u8, bgr_u16, bgr_f32}, keep(2));
}

TEST_CASE("gaussian-blur is cv::GaussianBlur") {
  for (const int size : {1, 3, 5, 7, 31}) {
    check_equals("gaussian-blur", {{"size", double(size)}}, {gray_u8, bgr_u8, bgr_u16, gray_f32, bgr_f32},
                 [=](const cv::Mat& image) {
                   cv::Mat out;
                   cv::GaussianBlur(image, out, {size, size}, 0);
                   return out;
                 });
  }
}

TEST_CASE("sharpen is a Gaussian of 5x5 and a kernel of -1 around 9") {
  // In float the kernel's differences enlarge what the blur's rounding leaves: exact in integers only.
  check_equals("sharpen", {}, {gray_u8, bgr_u8, gray_u16, bgr_u16}, [](const cv::Mat& image) {
    cv::Mat smooth, out;
    cv::GaussianBlur(image, smooth, {5, 5}, 0);
    cv::filter2D(smooth, out, -1, cv::Matx33f(-1, -1, -1, -1, 9, -1, -1, -1, -1));
    return out;
  });
}

TEST_CASE("sketch is the absolute Laplacian of the gray image") {
  for (const int aperture : {1, 3, 5, 7}) {
    check_equals("sketch", {{"aperture", double(aperture)}}, {gray_u8, bgr_u8, bgr_u16, gray_f32, bgr_f32},
                 [=](const cv::Mat& image) {
                   cv::Mat out;
                   cv::Laplacian(gray_of(image), out, image.depth() == CV_8U ? CV_16S : CV_32F, aperture);
                   out = cv::abs(out);
                   out.convertTo(out, image.depth());
                   return out;
                 });
  }
}

TEST_CASE("heat-map is cv::applyColorMap, for every map") {
  const auto& maps = find_filter(filters(), "heat-map").description.parameters.at(0).choices;
  REQUIRE(maps.size() == cv::COLORMAP_DEEPGREEN + 1);
  CHECK(maps[cv::COLORMAP_JET] == "jet");
  CHECK(maps[cv::COLORMAP_TURBO] == "turbo");
  for (int map = 0; map < static_cast<int>(maps.size()); ++map) {
    check_equals("heat-map", {{"map", maps[static_cast<std::size_t>(map)]}}, {gray_u8, bgr_u8},
                 [=](const cv::Mat& image) {
                   cv::Mat out;
                   cv::applyColorMap(gray_of(image), out, map);
                   return out;
                 });
  }
  check_equals("heat-map", {}, {bgr_u8}, [](const cv::Mat& image) {
    cv::Mat out;
    cv::applyColorMap(gray_of(image), out, cv::COLORMAP_JET);
    return out;
  });
}

TEST_CASE("heat-map gives 16-bit images 16-bit colours") {
  cv::RNG random(1);
  const cv::Mat result = apply("heat-map", make_image(Scene::photo, {50, 40}, gray_u16, random));
  CHECK(result.type() == CV_16UC3);
}

TEST_CASE("color-space is cv::cvtColor, HSV by default") {
  const std::map<std::string, int> codes{{"hsv", cv::COLOR_BGR2HSV}, {"hls", cv::COLOR_BGR2HLS},
                                         {"lab", cv::COLOR_BGR2Lab}, {"luv", cv::COLOR_BGR2Luv},
                                         {"yuv", cv::COLOR_BGR2YUV}, {"ycrcb", cv::COLOR_BGR2YCrCb},
                                         {"xyz", cv::COLOR_BGR2XYZ}, {"gray", cv::COLOR_BGR2GRAY}};
  const auto convert = [](int code) {
    return [=](const cv::Mat& image) {
      cv::Mat out;
      cv::cvtColor(image, out, code);
      return out;
    };
  };
  CHECK(find_filter(filters(), "color-space").description.parameters.at(0).choices.size() == codes.size());
  for (const auto& [name, code] : codes) {
    check_equals("color-space", {{"to", name}}, {bgr_u8, bgr_f32}, convert(code));
  }
  for (const std::string name : {"yuv", "ycrcb", "xyz", "gray"}) {
    check_equals("color-space", {{"to", name}}, {bgr_u16}, convert(codes.at(name)));
  }
  check_equals("color-space", {}, {bgr_u8, bgr_f32}, convert(cv::COLOR_BGR2HSV));
}

TEST_CASE("color-space stretches what OpenCV refuses at 16 bit over the whole range") {
  const cv::Mat red(1, 1, CV_16UC3, cv::Scalar(0, 0, 65535));
  CHECK(difference(apply("color-space", red), cv::Mat(1, 1, CV_16UC3, cv::Scalar(0, 65535, 65535))) == "");
  const cv::Mat white(1, 1, CV_16UC3, cv::Scalar::all(65535));
  const auto lab = apply("color-space", white, {{"to", "lab"}}).at<cv::Vec3w>(0, 0);
  CHECK(lab[0] == 65535);
  CHECK(std::abs(lab[1] - 32768) < 20);
  CHECK(std::abs(lab[2] - 32768) < 20);
}

TEST_CASE("equalize is cv::equalizeHist of the luma") {
  check_equals("equalize", {}, {gray_u8, bgr_u8}, [](const cv::Mat& image) {
    cv::Mat out;
    if (image.channels() == 1) {
      cv::equalizeHist(image, out);
    } else {
      std::vector<cv::Mat> parts;
      cv::cvtColor(image, out, cv::COLOR_BGR2YCrCb);
      cv::split(out, parts);
      cv::equalizeHist(parts[0], parts[0]);
      cv::merge(parts, out);
      cv::cvtColor(out, out, cv::COLOR_YCrCb2BGR);
    }
    return out;
  });
}

TEST_CASE("equalize spreads 16-bit and float images from black to white, and leaves flat ones alone") {
  cv::RNG random(3);
  for (const PixelFormat format : {gray_u16, gray_f32}) {
    cv::Mat image = make_image(Scene::photo, {160, 120}, format, random);
    image = image * 0.25 + white_of(format.depth) * 0.25;
    double low = 0, high = 0;
    cv::minMaxLoc(apply("equalize", image), &low, &high);
    CHECK(low == Approx(0).margin(white_of(format.depth) * 1e-4));
    CHECK(high == Approx(white_of(format.depth)).epsilon(1e-4));
    CHECK(cv::mean(apply("equalize", image))[0] == Approx(white_of(format.depth) / 2).epsilon(0.02));
  }
  for (const PixelFormat format : {gray_u8, gray_u16, gray_f32}) {
    const cv::Mat flat = make_image(Scene::flat, {9, 5}, format, random);
    CHECK(difference(apply("equalize", flat), flat) == "");
  }
}

TEST_CASE("auto-levels stretches each channel from black to white") {
  // Two values a channel: nothing to clip.
  const cv::Mat dull =
      (cv::Mat_<cv::Vec3b>(1, 3) << cv::Vec3b(10, 100, 7), cv::Vec3b(20, 200, 7), cv::Vec3b(15, 150, 7));
  const cv::Mat bright =
      (cv::Mat_<cv::Vec3b>(1, 3) << cv::Vec3b(0, 0, 7), cv::Vec3b(255, 255, 7), cv::Vec3b(128, 128, 7));
  const Arguments unclipped{{"clip-dark", 0.0}, {"clip-bright", 0.0}};
  CHECK(difference(apply("auto-levels", dull, unclipped), bright) == "");

  const cv::Mat together =
      (cv::Mat_<cv::Vec3b>(1, 3) << cv::Vec3b(4, 123, 0), cv::Vec3b(17, 255, 0), cv::Vec3b(11, 189, 0));
  CHECK(difference(apply("auto-levels", dull, {{"clip-dark", 0.0}, {"clip-bright", 0.0}, {"joint", true}}),
                   together) == "");
}

TEST_CASE("auto-levels clips the share of values that it is told to") {
  cv::Mat ramp(10, 10, CV_16U);
  for (int i = 0; i < 100; ++i) ramp.at<std::uint16_t>(i / 10, i % 10) = static_cast<std::uint16_t>(1000 + i);
  const cv::Mat result = apply("auto-levels", ramp, {{"clip-dark", 10.0}, {"clip-bright", 20.0}});
  CHECK(cv::countNonZero(result == 0) == 11);  // ten clipped, and the first that wasn't
  CHECK(cv::countNonZero(result == 65535) == 21);
}

TEST_CASE("auto-levels takes float values outside black and white as the nearest") {
  const cv::Mat image = (cv::Mat_<float>(1, 4) << -3.F, 0.25F, 0.75F, 9.F);
  const cv::Mat result = apply("auto-levels", image, {{"clip-dark", 0.0}, {"clip-bright", 0.0}});
  CHECK(difference(result, (cv::Mat_<float>(1, 4) << 0.F, 0.25F, 0.75F, 1.F)) == "");
}

TEST_CASE("filters that blur and sharpen weigh colours by alpha, and all others leave it alone") {
  cv::RNG random(5);
  const cv::Mat image = make_image(Scene::noise, {33, 21}, {Depth::u8, 4}, random);
  cv::Mat before, after;
  cv::extractChannel(image, before, 3);
  std::vector<std::string> weigh;
  for (const auto& filter : filters()) {
    const cv::Mat result = apply(filter.description.name, image);
    INFO(filter.description.name);
    REQUIRE((result.channels() == 2 || result.channels() == 4));
    cv::extractChannel(result, after, result.channels() - 1);
    if (filter.description.alpha == AlphaUse::weighed) weigh.push_back(filter.description.name);
    CHECK((difference(before, after) != "") == (filter.description.alpha == AlphaUse::weighed));
  }
  CHECK(weigh == std::vector<std::string>{"gaussian-blur", "sharpen"});
}

}  // namespace
}  // namespace tilework::test
