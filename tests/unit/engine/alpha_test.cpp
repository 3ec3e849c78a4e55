// Alpha in filters that read neighbours, against the formula: colours times alpha, and alpha, are filtered;
// the one divided by the other is the result.
#include "server/engine/alpha.h"

#include <cmath>
#include <tuple>

#include <catch2/catch.hpp>
#include <opencv2/imgproc.hpp>
#include <tilework/filter.h>

#include "server/engine/description.h"
#include "tests/support/images.h"
#include "tests/support/loaded_plugins.h"

namespace tilework::test {
namespace {

// ---- filters of all sorts

struct Box {
  static constexpr About about{.name = "box", .version = "1", .label = "Box", .group = "Test"};
  Halo halo() const { return Halo::all(3); }
  void apply(const cv::Mat& in, cv::Mat& out) const { cv::blur(in, out, {7, 7}); }
};
struct AsideBox : Box {
  static constexpr Takes takes{.alpha_aside = true};
};
struct BytesBox : Box {
  static constexpr Takes takes{.u16 = false, .f32 = false};
};
struct ColourBox : Box {
  static constexpr Takes takes{.gray = false};
};
// Makes wide colours of what it is given: another format.
struct GrayBox : Box {
  PixelFormat output(PixelFormat in) const { return {in.depth, 1}; }
  void apply(const cv::Mat& in, cv::Mat& out) const {
    cv::Mat gray = in;
    if (in.channels() == 3) cv::cvtColor(in, gray, cv::COLOR_BGR2GRAY);
    cv::blur(gray, out, {7, 7});
  }
};
// What is flat becomes black.
struct Contours : Box {
  void apply(const cv::Mat& in, cv::Mat& out) const { cv::Laplacian(in, out, -1, 3); }
};
// Each block of 16x16 becomes its mean.
struct Blocks {
  static constexpr About about{.name = "blocks", .version = "1", .label = "Blocks", .group = "Test"};
  Halo halo() const { return Halo::none().aligned(16); }
  void apply(const cv::Mat& in, cv::Mat& out) const {
    out.create(in.size(), in.type());
    for (int y = 0; y < in.rows; y += 16) {
      for (int x = 0; x < in.cols; x += 16) {
        const cv::Rect block = cv::Rect(x, y, 16, 16) & cv::Rect({}, in.size());
        out(block).setTo(cv::mean(in(block)));
      }
    }
  }
};

template <class F>
LoadedFilter loaded() {
  static const TileworkFilter table = tilework::detail::table<F>();
  return {"test", &table, engine::description_of(table)};
}

const LoadedFilter& shipped(const std::string& name) {
  static const auto list = load_filters(TILEWORK_PLUGIN_DIR);
  return find_filter(list, name);
}

std::vector<engine::BoundFilter> chain_of(const LoadedFilter& filter,
                                          const std::map<std::string, Value>& arguments = {}) {
  std::vector<engine::BoundFilter> chain;
  chain.push_back(bind(filter, arguments));
  return chain;
}

cv::Mat apply(const LoadedFilter& filter, const cv::Mat& image,
              const std::map<std::string, Value>& arguments = {}) {
  return run_whole(chain_of(filter, arguments), image);
}

// ---- images

cv::Mat channel(const cv::Mat& image, int index) {
  cv::Mat one;
  cv::extractChannel(image, one, index);
  return one;
}
cv::Mat alpha(const cv::Mat& image) {
  return channel(image, image.channels() - 1);
}
cv::Mat colours(const cv::Mat& image) {
  std::vector<cv::Mat> parts;
  cv::split(image, parts);
  parts.pop_back();
  cv::Mat result;
  cv::merge(parts, result);
  return result;
}
cv::Mat with_alpha(const cv::Mat& colour, const cv::Mat& alpha) {
  std::vector<cv::Mat> parts;
  cv::split(colour, parts);
  parts.push_back(alpha);
  cv::Mat result;
  cv::merge(parts, result);
  return result;
}

// Noise of which a half is opaque, a quarter clear, and the rest between.
cv::Mat half_opaque(cv::Size size, PixelFormat format, cv::RNG& random) {
  const cv::Mat image = make_image(Scene::noise, size, format, random);
  cv::Mat a = alpha(image);
  a.colRange(size.width / 2, size.width).setTo(white_of(format.depth));
  a.colRange(0, size.width / 4).setTo(0);
  return with_alpha(colours(image), a);
}

// ---- the formula

constexpr int blur_size = 11;  // from here on OpenCV's weights are those of the formula

cv::Mat1d blur(const cv::Mat1d& in) {
  const double sigma = 0.3 * ((blur_size - 1) * 0.5 - 1) + 0.8;
  const int reach = blur_size / 2;
  const auto mirrored = [](int at, int count) {
    return at < 0 ? -at : at >= count ? 2 * count - 2 - at : at;
  };
  cv::Mat1d out(in.size(), 0.0);
  for (int y = 0; y < in.rows; ++y) {
    for (int x = 0; x < in.cols; ++x) {
      double all = 0;
      for (int dy = -reach; dy <= reach; ++dy) {
        for (int dx = -reach; dx <= reach; ++dx) {
          const double weight = std::exp(-(dx * dx + dy * dy) / (2 * sigma * sigma));
          all += weight;
          out(y, x) += weight * in(mirrored(y + dy, in.rows), mirrored(x + dx, in.cols));
        }
      }
      out(y, x) /= all;
    }
  }
  return out;
}

// How far the result lies from the formula at most, in steps of 8 or 16 bit (or of 16 bit in float), where
// something is to be seen; colours of an alpha below `visible` (of 1) aren't looked at.
double farthest(const cv::Mat& image, const cv::Mat& result, double visible) {
  const Depth depth = depth_from_cv(image.depth());
  const double white = white_of(depth);
  cv::Mat1d a;
  alpha(image).convertTo(a, CV_64F, 1 / white);
  a = cv::max(0.0, cv::min(1.0, cv::Mat(a)));
  const cv::Mat1d seen = blur(a);
  const double steps = depth == Depth::u8 ? 255 : 65535;
  double most = 0;
  for (int c = 0; c < image.channels(); ++c) {
    const bool is_alpha = c == image.channels() - 1;
    cv::Mat1d value, got;
    channel(image, c).convertTo(value, CV_64F, 1 / white);
    channel(result, c).convertTo(got, CV_64F, 1 / white);
    const cv::Mat1d weighed = blur(cv::Mat1d(value.mul(a)));
    for (int y = 0; y < image.rows; ++y) {
      for (int x = 0; x < image.cols; ++x) {
        if (!is_alpha && seen(y, x) < visible) continue;
        const double wanted = is_alpha ? seen(y, x) : weighed(y, x) / seen(y, x);
        most = std::max(most, std::abs(got(y, x) - wanted) * steps);
      }
    }
  }
  return most;
}

TEST_CASE("white beside clear black stays white when blurred, and its alpha is blurred") {
  for (const Depth depth : {Depth::u8, Depth::u16, Depth::f32}) {
    const double white = white_of(depth);
    cv::Mat image(40, 120, PixelFormat{depth, 4}.cv_type(), cv::Scalar::all(0));
    image.colRange(0, 60).setTo(cv::Scalar::all(white));
    const cv::Mat result = apply(shipped("gaussian-blur"), image);
    INFO("depth " << static_cast<int>(depth));
    cv::Mat wanted;
    cv::GaussianBlur(alpha(image), wanted, {31, 31}, 0);
    CHECK(cv::norm(alpha(result), wanted, cv::NORM_INF) <= (depth == Depth::f32 ? 1e-6 : 1));
    const cv::Mat colour = colours(result).reshape(1);
    const cv::Mat is_white = cv::abs(colour - cv::Scalar::all(white)) <= white * 1e-5;
    CHECK(cv::countNonZero(is_white | colour == 0) == 40 * 120 * 3);
    CHECK(cv::countNonZero(is_white.colRange(0, 70 * 3)) == 40 * 70 * 3);
    CHECK(cv::countNonZero(colour.colRange(80 * 3, 120 * 3)) == 0);  // nothing is to be seen: black
  }
}

TEST_CASE("a blur with alpha is the formula's at every depth") {
  const std::map<std::string, Value> size{{"size", double(blur_size)}};
  cv::RNG random(8);
  for (const int channels : {2, 4}) {
    for (const auto& [depth, limit] : {std::pair{Depth::u8, 1.0}, {Depth::u16, 8.0}, {Depth::f32, 0.2}}) {
      const cv::Mat noise = make_image(Scene::noise, {61, 23}, {depth, channels}, random);
      INFO(cv::typeToString(noise.type()));
      CHECK(farthest(noise, apply(shipped("gaussian-blur"), noise, size), 0.25) <= limit);
      // Where all is opaque, it is OpenCV's blur of 8 bit, whose weights have 8 bit.
      const cv::Mat mixed = half_opaque({61, 23}, {depth, channels}, random);
      CHECK(farthest(mixed, apply(shipped("gaussian-blur"), mixed, size), 0.25) <=
            (depth == Depth::u8 ? 2 : limit));
    }
  }
}

TEST_CASE("8 bit of a low alpha keep their colour") {
  // A steady colour of any alpha is that colour: by 16 bit, since of alpha 3 nothing would be left of 8.
  cv::RNG random(4);
  cv::Mat a(30, 90, CV_8U);
  random.fill(a, cv::RNG::UNIFORM, 2, 5);
  const cv::Mat image = with_alpha(cv::Mat(a.size(), CV_8UC3, cv::Scalar(30, 111, 200)), a);
  const cv::Mat off = cv::abs(colours(apply(shipped("gaussian-blur"), image)) - cv::Scalar(30, 111, 200));
  CHECK(cv::countNonZero(off.reshape(1) > 1) == 0);
}

TEST_CASE("an opaque image comes out as the same image without alpha, to the bit") {
  cv::RNG random(9);
  for (const auto& filter : {shipped("gaussian-blur"), shipped("sharpen"), loaded<Box>(), loaded<BytesBox>(),
                             loaded<ColourBox>(), loaded<Contours>(), loaded<Blocks>()}) {
    for (const Depth depth : {Depth::u8, Depth::u16, Depth::f32}) {
      for (const int channels : {1, 3}) {
        const cv::Mat plain = make_image(Scene::photo, {70, 45}, {depth, channels}, random);
        const cv::Mat white(plain.size(), cv_depth(depth), cv::Scalar(white_of(depth)));
        INFO(filter.description.name << " on " << cv::typeToString(plain.type()));
        const cv::Mat result = apply(filter, with_alpha(plain, white));
        CHECK(difference(colours(result), apply(filter, plain)) == "");
        CHECK(difference(alpha(result), white) == "");
      }
    }
  }
}

TEST_CASE("what lies far from all that can be looked through is as it is without alpha") {
  cv::RNG random(10);
  const cv::Mat image = half_opaque({120, 40}, {Depth::u8, 4}, random);
  const cv::Rect far(60 + 3, 0, 120 - 63, 40);
  const cv::Mat result = apply(shipped("sharpen"), image), plain = apply(shipped("sharpen"), colours(image));
  CHECK(difference(colours(result)(far), plain(far)) == "");
  CHECK(cv::countNonZero(alpha(result)(far) != 255) == 0);
  CHECK(difference(colours(result), plain) != "");
}

TEST_CASE("tiles of an image with alpha give the whole image, also where filters take few formats") {
  cv::RNG random(12);
  for (const auto& filter : {loaded<Box>(), loaded<BytesBox>(), loaded<ColourBox>(), loaded<Blocks>(),
                             loaded<AsideBox>(), loaded<Contours>()}) {
    for (const PixelFormat format :
         {PixelFormat{Depth::u8, 2}, {Depth::u8, 4}, {Depth::u16, 2}, {Depth::u16, 4}}) {
      const cv::Mat image = half_opaque({101, 67}, format, random);
      for (const cv::Size tile : {cv::Size(30, 20), cv::Size(7, 67), cv::Size(101, 5)}) {
        INFO(filter.description.name << " on " << cv::typeToString(image.type()) << ", tiles of " << tile);
        CHECK(difference(run_tiled(chain_of(filter), image, tile), apply(filter, image)) == "");
      }
    }
  }
}

TEST_CASE("filters of another format, without neighbours, or that say so, leave alpha alone") {
  CHECK(loaded<Box>().description.alpha == AlphaUse::weighed);
  CHECK(loaded<Blocks>().description.alpha == AlphaUse::weighed);
  cv::RNG random(13);
  const cv::Mat image = half_opaque({40, 30}, {Depth::u8, 4}, random);
  for (const auto& filter : {loaded<AsideBox>(), loaded<GrayBox>()}) {
    CHECK(filter.description.alpha == AlphaUse::aside);
    const cv::Mat result = apply(filter, image);
    CHECK(difference(alpha(result), alpha(image)) == "");
    CHECK(difference(colours(result), apply(filter, colours(image))) == "");
  }
  // A kernel of one pixel reads no neighbours.
  CHECK(difference(apply(shipped("gaussian-blur"), image, {{"size", 1.0}}), image) == "");
}

TEST_CASE("what can't be seen may be no number") {
  cv::Mat image(20, 40, CV_32FC4, cv::Scalar(0.25, 0.5, 0.75, 1));
  image.colRange(0, 20).setTo(cv::Scalar(NAN, INFINITY, -INFINITY, 0));
  const cv::Mat result = apply(shipped("gaussian-blur"), image, {{"size", 7.0}});
  const auto edge = result.at<cv::Vec4f>(10, 20);
  CHECK(edge[0] == Approx(0.25));
  CHECK(edge[1] == Approx(0.5));
  CHECK(edge[2] == Approx(0.75));
  CHECK(edge[3] > 0.5);
}

// ---- the arithmetic

TEST_CASE("weighing and back is exact for what is opaque, and loses no colour of 16 bit") {
  for (int value = 0; value < 256; ++value) {
    const cv::Mat colour(1, 1, CV_8U, cv::Scalar(value)), white(1, 1, CV_8U, cv::Scalar(255));
    CHECK(engine::weigh(colour, white).at<std::uint8_t>(0, 0) == value);
    CHECK(engine::unweigh(colour, white).at<std::uint8_t>(0, 0) == value);
    CHECK(engine::weigh(white, colour).at<std::uint8_t>(0, 0) == value);
  }
  cv::RNG random(2);
  for (int i = 0; i < 20000; ++i) {
    const int c = random.uniform(0, 65536), a = random.uniform(0, 65536);
    const cv::Mat colour(1, 1, CV_16U, cv::Scalar(c)), by(1, 1, CV_16U, cv::Scalar(a));
    const double wanted = std::floor(double(c) * a / 65535 + 0.5);
    const int weighed = engine::weigh(colour, by).at<std::uint16_t>(0, 0);
    REQUIRE(weighed == wanted);
    const double back = a == 0 ? 0 : std::min(65535.0, std::floor(double(weighed) * 65535 / a + 0.5));
    REQUIRE(engine::unweigh(cv::Mat(1, 1, CV_16U, cv::Scalar(weighed)), by).at<std::uint16_t>(0, 0) == back);
  }
}

TEST_CASE("a result beyond its alpha is white in integers, and where alpha is 0 it is black") {
  const cv::Mat_<std::uint8_t> values = (cv::Mat_<std::uint8_t>(1, 4) << 200, 0, 9, 7);
  const cv::Mat_<std::uint8_t> alphas = (cv::Mat_<std::uint8_t>(1, 4) << 100, 0, 0, 14);
  const cv::Mat_<std::uint8_t> wanted = (cv::Mat_<std::uint8_t>(1, 4) << 255, 0, 0, 128);
  CHECK(difference(engine::unweigh(values, alphas), wanted) == "");
}

}  // namespace
}  // namespace tilework::test
