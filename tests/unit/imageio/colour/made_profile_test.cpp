// Profiles made of what PNG's chunks say. ImageMagick applies them, and the formulas of the standards, in
// double precision, say what must come of it; ExifTool reads what they are called.
#include "server/imageio/colour/made_profile.h"

#include <array>
#include <cmath>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include "tests/support/temp_dir.h"
#include "tests/support/tool.h"
#include "tests/unit/imageio/files.h"

namespace tilework::imageio {
namespace {

using Catch::Contains;
using Numbers = std::array<double, 3>;
using Matrix = std::array<Numbers, 3>;

Numbers times(const Matrix& m, const Numbers& v) {
  Numbers out{};
  for (std::size_t i = 0; i < 3; ++i) out[i] = m[i][0] * v[0] + m[i][1] * v[1] + m[i][2] * v[2];
  return out;
}

Matrix inverse(const Matrix& m) {
  Matrix out{};
  const auto minor = [&m](std::size_t r, std::size_t c) {
    const std::size_t a = (r + 1) % 3, b = (r + 2) % 3, d = (c + 1) % 3, e = (c + 2) % 3;
    return m[a][d] * m[b][e] - m[a][e] * m[b][d];
  };
  const double whole = m[0][0] * minor(0, 0) + m[0][1] * minor(0, 1) + m[0][2] * minor(0, 2);
  for (std::size_t r = 0; r < 3; ++r) {
    for (std::size_t c = 0; c < 3; ++c) out[c][r] = minor(r, c) / whole;
  }
  return out;
}

Numbers xyz(double x, double y) {
  return {x / y, 1, (1 - x - y) / y};
}

// Light of three primaries to XYZ (SMPTE RP 177).
Matrix to_xyz(const std::array<double, 8>& xy) {
  Matrix m{};
  for (std::size_t p = 0; p < 3; ++p) {
    const double x = xy[2 + 2 * p], y = xy[3 + 2 * p];
    const Numbers column{x, y, 1 - x - y};
    for (std::size_t i = 0; i < 3; ++i) m[i][p] = column[i];
  }
  const Numbers share = times(inverse(m), xyz(xy[0], xy[1]));
  for (auto& row : m) {
    for (std::size_t p = 0; p < 3; ++p) row[p] *= share[p];
  }
  return m;
}

constexpr std::array<double, 8> srgb_xy{0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06};
constexpr std::array<double, 8> bt2020_xy{0.3127, 0.3290, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046};
constexpr std::array<double, 8> p3_xy{0.3127, 0.3290, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06};
constexpr std::array<double, 8> adobe_xy{0.3127, 0.3290, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06};
constexpr std::array<double, 8> ntsc_xy{0.3101, 0.3162, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08};  // white C

double srgb_from_light(double v) {
  return std::clamp(v <= 0.0031308 ? 12.92 * v : 1.055 * std::pow(v, 1 / 2.4) - 0.055, 0.0, 1.0);
}
double light_of_srgb(double v) {
  return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
}
double light_of_bt709(double v) {
  constexpr double a = 1.09929682680944;
  return v < 0.081242858 ? v / 4.5 : std::pow((v + a - 1) / a, 1 / 0.45);
}

// As relative colorimetric conversion is defined: from white to white, by Bradford's cones.
Numbers to_srgb(const std::array<double, 8>& xy, const Numbers& light) {
  constexpr Matrix cones{{{0.8951, 0.2664, -0.1614}, {-0.7502, 1.7135, 0.0367}, {0.0389, -0.0685, 1.0296}}};
  Numbers seen = times(cones, times(to_xyz(xy), light));
  const Numbers from = times(cones, xyz(xy[0], xy[1])), to = times(cones, xyz(srgb_xy[0], srgb_xy[1]));
  for (std::size_t i = 0; i < 3; ++i) seen[i] *= to[i] / from[i];
  Numbers out = times(inverse(to_xyz(srgb_xy)), times(inverse(cones), seen));
  for (double& v : out) v = srgb_from_light(v);
  return out;
}

// What ImageMagick makes of colours (0 to 1, a gray one has three equal numbers) with the profile.
std::vector<Numbers> by_image_magick(const std::vector<Numbers>& colours, const std::string& icc, bool gray) {
  const test::TempDir dir;
  write_bytes(dir.file("own.icc"), icc);
  VipsBlob* blob = nullptr;
  REQUIRE(vips_profile_load("srgb", &blob, nullptr) == 0);
  std::size_t size = 0;
  const auto* data = static_cast<const char*>(vips_blob_get(blob, &size));
  write_bytes(dir.file("srgb.icc"), {data, size});
  vips_area_unref(VIPS_AREA(blob));
  std::ostringstream picture;
  picture << (gray ? "P2 " : "P3 ") << colours.size() << " 1 65535\n";
  for (const auto& colour : colours) {
    for (int i = 0; i < (gray ? 1 : 3); ++i) picture << std::lround(colour[std::size_t(i)] * 65535) << ' ';
  }
  write_bytes(dir.file("in.pnm"), picture.str());
  std::istringstream made(test::output_of("convert " + dir.file("in.pnm") + " -intent relative -profile " +
                                          dir.file("own.icc") + " -profile " + dir.file("srgb.icc") +
                                          " -type TrueColor -depth 16 -compress none ppm:-"));
  std::string magic;
  int width = 0, height = 0, most = 0;
  made >> magic >> width >> height >> most;
  std::vector<Numbers> out(colours.size());
  for (auto& colour : out) {
    for (double& v : colour) {
      REQUIRE(made >> v);
      v /= most;
    }
  }
  return out;
}

struct Case {
  std::string name;  // as the profile's
  ColourSpace colours;
  std::array<double, 8> xy;
  double (*light)(double);
};

ColourSpace cicp(int primaries, int transfer, int matrix = 0, int full = 1) {
  const auto byte = [](int v) { return static_cast<std::uint8_t>(v); };
  ColourSpace colours;
  colours.cicp = {byte(primaries), byte(transfer), byte(matrix), byte(full)};
  return colours;
}

ColourSpace chunks(std::optional<double> gamma, std::optional<std::array<double, 8>> xy) {
  ColourSpace colours;
  colours.gamma = gamma;
  colours.chromaticities = xy;
  return colours;
}

const std::vector<Case>& cases() {
  const auto gamma_22 = [](double v) { return std::pow(v, 2.2); };
  static const std::vector<Case> all{
      {"sRGB primaries, gamma 1.8", chunks(1 / 1.8, {}), srgb_xy, [](double v) { return std::pow(v, 1.8); }},
      {"sRGB primaries, gamma 1", chunks(1, srgb_xy), srgb_xy, [](double v) { return v; }},
      {"red 0.680 0.320, green 0.265 0.690, blue 0.150 0.060, white 0.3127 0.3290, sRGB curve",
       chunks({}, p3_xy), p3_xy, light_of_srgb},
      {"red 0.640 0.330, green 0.210 0.710, blue 0.150 0.060, white 0.3127 0.3290, gamma 2.199",
       chunks(0.45470, adobe_xy), adobe_xy, [](double v) { return std::pow(v, 1 / 0.4547); }},
      {"red 0.670 0.330, green 0.210 0.710, blue 0.140 0.080, white 0.3101 0.3162, gamma 2.2",
       chunks(1 / 2.2, ntsc_xy), ntsc_xy, gamma_22},
      {"sRGB primaries, BT.709 curve", cicp(1, 1), srgb_xy, light_of_bt709},
      {"BT.2020 primaries, BT.709 curve", cicp(9, 14), bt2020_xy, light_of_bt709},
      {"BT.2020 primaries, gamma 2.8", cicp(9, 5), bt2020_xy, [](double v) { return std::pow(v, 2.8); }},
      {"P3-D65 primaries, sRGB curve", cicp(12, 13), p3_xy, light_of_srgb},
      {"P3-D65 primaries, gamma 2.2", cicp(12, 4), p3_xy, gamma_22},
      {"sRGB primaries, gamma 1", cicp(1, 8), srgb_xy, [](double v) { return v; }},
  };
  return all;
}

}  // namespace

TEST_CASE("a profile made of PNG's chunks gives the colours that they mean, and tells its name") {
  initialise("test");
  const test::TempDir dir;
  const std::vector<Numbers> colours{{0, 0, 0},       {1, 1, 1},       {0.5, 0.5, 0.5}, {0.02, 0.03, 0.01},
                                     {0.8, 0.3, 0.1}, {0.2, 0.6, 0.9}, {0.4, 0.7, 0.3}, {0.6, 0.55, 0.65}};
  for (const Case& at : cases()) {
    CAPTURE(at.name);
    const std::string icc = icc_of(at.colours, false);
    REQUIRE_FALSE(icc.empty());
    CHECK(colours_lost(at.colours, false, "jpeg").empty());
    const auto made = by_image_magick(colours, icc, false);
    for (std::size_t i = 0; i < colours.size(); ++i) {
      Numbers light{};
      for (std::size_t c = 0; c < 3; ++c) light[c] = at.light(colours[i][c]);
      const Numbers right = to_srgb(at.xy, light);
      for (std::size_t c = 0; c < 3; ++c) {
        CAPTURE(i, c);
        CHECK(made[i][c] == Approx(right[c]).margin(0.004));
      }
    }
    write_bytes(dir.file("a.icc"), icc);
    const std::string told = test::output_of(
        "exiftool -validate -warning -ProfileDescription -ColorSpaceData "
        "-ProfileDateTime " +
        dir.file("a.icc"));
    CHECK_THAT(told, Contains(": " + at.name + "\n") && Contains(": OK") && Contains("RGB") &&
                         Contains("2000:01:01 00:00:00"));
  }
}

TEST_CASE("a gray profile is made of a curve alone") {
  initialise("test");
  const std::string icc = icc_of(chunks(1 / 1.8, ntsc_xy), true);
  CHECK(icc.substr(16, 4) == "GRAY");
  const std::vector<Numbers> grays{{0.1, 0.1, 0.1}, {0.5, 0.5, 0.5}, {1, 1, 1}};
  const auto made = by_image_magick(grays, icc, true);
  for (std::size_t i = 0; i < grays.size(); ++i) {
    for (double v : made[i]) CHECK(v == Approx(srgb_from_light(std::pow(grays[i][0], 1.8))).margin(0.004));
  }
  CHECK(icc_of(chunks({}, ntsc_xy), true).empty());
  CHECK(icc_of(chunks(0.45455, ntsc_xy), true).empty());
}

TEST_CASE("sRGB needs no profile, however a file says it") {
  ColourSpace intent = chunks(1.0, p3_xy);
  intent.srgb_intent = 0;
  for (const auto& colours : {ColourSpace{}, intent, chunks(0.45455, {}), chunks(1 / 2.2, srgb_xy),
                              chunks({}, srgb_xy), cicp(1, 13)}) {
    CHECK(icc_of(colours, false).empty());
    CHECK(colours_lost(colours, false, "jpeg").empty());
  }
}

TEST_CASE("cICP goes before sRGB, and sRGB before gamma and chromaticities") {
  ColourSpace colours = chunks(1.0, ntsc_xy);
  colours.srgb_intent = 1;
  CHECK(icc_of(colours, false).empty());
  colours.cicp = cicp(12, 13).cicp;
  CHECK(icc_of(colours, false) == icc_of(cicp(12, 13), false));
}

TEST_CASE("the same profile is made at any time") {
  const std::string first = icc_of(cicp(9, 1), false);
  g_usleep(1'100'000);
  CHECK(first == icc_of(cicp(9, 1), false));
}

TEST_CASE("what a profile can't say is told, and nonsense is left out") {
  const double nan = std::nan("");
  auto on_a_line = srgb_xy, no_white = srgb_xy, white_outside = srgb_xy, not_numbers = srgb_xy;
  on_a_line[6] = 0.36, on_a_line[7] = 0.17;
  on_a_line[4] = (0.64 + 0.36) / 2, on_a_line[5] = (0.33 + 0.17) / 2;
  no_white[1] = 0;
  white_outside[0] = 0.7, white_outside[1] = 0.29;
  not_numbers[3] = nan;
  const auto [colours, note] = GENERATE_COPY(table<ColourSpace, std::string>({
      {cicp(9, 16), "the HDR transfer function PQ can't be stored in JPEG: the picture will look dull"},
      {cicp(9, 18), "the HDR transfer function HLG can't be stored in JPEG: the picture will look dull"},
      {cicp(200, 1), "the colour space 200-1-0-1 of the cICP chunk can't be stored in JPEG"},
      {cicp(1, 99), "the colour space 1-99-0-1"},
      {cicp(1, 1, 5), "the colour space 1-1-5-1"},
      {cicp(1, 1, 0, 0), "the colour space 1-1-0-0"},
      {chunks(0, {}), "the gamma of the gAMA chunk, which makes no sense, can't be stored"},
      {chunks(nan, {}), "the gamma of the gAMA chunk, which makes no sense"},
      {chunks(-1, {}), "the gamma of the gAMA chunk, which makes no sense"},
      {chunks({}, on_a_line), "the chromaticities of the cHRM chunk, which make no sense"},
      {chunks({}, no_white), "the chromaticities of the cHRM chunk, which make no sense"},
      {chunks({}, white_outside), "the chromaticities of the cHRM chunk, which make no sense"},
      {chunks({}, not_numbers), "the chromaticities of the cHRM chunk, which make no sense"},
  }));
  CAPTURE(note);
  CHECK(icc_of(colours, false).empty());
  CHECK_THAT(colours_lost(colours, false, "jpeg"), Catch::StartsWith(note));
}

TEST_CASE("files carry profiles that were made") {
  initialise("test");
  const test::TempDir dir;
  Metadata metadata;
  metadata.icc = icc_of(cicp(12, 13), false);
  const cv::Mat image(20, 30, CV_8UC3, cv::Scalar(10, 200, 90));
  const std::string ending = GENERATE("jpg", "tif", "webp");
  write_image(dir.file("a." + ending), image, metadata);
  CHECK_THAT(test::output_of("exiftool -ProfileDescription " + dir.file("a." + ending)),
             Contains("P3-D65 primaries"));
  const Source source(dir.file("a." + ending), "a", Limits{});
  CHECK(source.metadata().icc == metadata.icc);
}

}  // namespace tilework::imageio

namespace tilework::imageio {

// gAMA of 1 (light itself) in a file of ImageMagick's.
TEST_CASE("what PNG says of colours is a profile in other formats, and HDR is a note") {
  initialise("test");
  const test::TempDir dir;
  const cv::Mat image(16, 16, CV_8UC3, cv::Scalar(40, 90, 200));
  write_image(dir.file("plain.png"), image);
  test::output_of("convert " + dir.file("plain.png") + " -define png:include-chunk=none,gama -set gamma 1 " +
                  dir.file("linear.png"));
  Source source(dir.file("linear.png"), "linear.png", Limits{});
  Metadata metadata;
  metadata.colours = source.metadata().colours;
  REQUIRE(metadata.colours.gamma.value() == Approx(1).epsilon(1e-4));
  const std::string path = dir.file(GENERATE("a.jpg", "a.tif", "a.webp", "a.bmp"));
  CAPTURE(path);
  CHECK(write_image(path, image, metadata).empty());
  const std::string name = "sRGB primaries, gamma 1";
  if (path.ends_with("bmp")) {
    CHECK(bytes_of_file(path).find("acsp") != std::string::npos);
  } else {
    CHECK_THAT(test::output_of("exiftool -icc_profile:ProfileDescription " + path), Contains(name));
  }
  metadata.colours = {};
  metadata.colours.cicp = {9, 16, 0, 1};
  const auto notes = write_image(path, image, metadata);
  REQUIRE(notes.size() == 1);
  CHECK_THAT(notes[0], Contains("PQ can't be stored in") && Contains("look dull"));
}

}  // namespace tilework::imageio
