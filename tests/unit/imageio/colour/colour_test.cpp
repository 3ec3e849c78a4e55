// CMYK and CIE colours made sRGB. The formulas here are in double precision, and lcms only stores the
// profiles.
#include <array>
#include <cmath>
#include <functional>

#include <catch2/catch.hpp>
#include <lcms2.h>

#include "schema/model/error.h"
#include "server/imageio/colour/converted_reader.h"
#include "server/imageio/jpeg/jpeg_reader.h"
#include "server/imageio/reduced/overview.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tool.h"
#include "tests/unit/imageio/files.h"

namespace tilework::imageio {
namespace {

using Catch::Contains;
using Notes = std::vector<std::string>;
using Colour = std::array<double, 3>;

// Of D50, to sRGB from 0 to 1: CIE 15, Bradford's adaptation, IEC 61966-2-1.
Colour srgb_of_lab(const Colour& lab) {
  const auto solve = [](double t) { return t > 6.0 / 29 ? t * t * t : 3 * 36.0 / 841 * (t - 4.0 / 29); };
  const double f = (lab[0] + 16) / 116;
  const double x = 0.96422 * solve(f + lab[1] / 500), y = solve(f), z = 0.82521 * solve(f - lab[2] / 200);
  Colour out{3.1338561 * x - 1.6168667 * y - 0.4906146 * z, -0.9787684 * x + 1.9161415 * y + 0.0334540 * z,
             0.0719453 * x - 0.2289914 * y + 1.4052427 * z};
  for (double& v : out) {
    v = std::clamp(v <= 0.0031308 ? 12.92 * v : 1.055 * std::pow(v, 1 / 2.4) - 0.055, 0.0, 1.0);
  }
  return out;
}

// An ink that nobody prints with: L*a*b* falls in proportion to each, so that no way of interpolating between
// the corners of its table is wrong.
Colour lab_of_inks(const std::array<double, 4>& inks) {
  const auto [c, m, y, k] = inks;
  return {100 - 20 * c - 25 * m - 5 * y - 45 * k, 60 * m - 35 * c - 5 * y, 70 * y - 40 * c - 5 * m};
}

std::string profile_of_inks(cmsColorSpaceSignature space = cmsSigCmykData) {
  std::vector<cmsUInt16Number> table;  // by ICC's encoding of version 2: 652.8 and 256 steps a unit
  for (int i = 0; i < 16; ++i) {
    const auto ink = [i](int bit) { return double((i >> bit) & 1); };
    const Colour lab = lab_of_inks({ink(3), ink(2), ink(1), ink(0)});
    table.push_back(cmsUInt16Number(std::lround(lab[0] * 652.8)));
    for (int n : {1, 2}) table.push_back(cmsUInt16Number(std::lround((lab[std::size_t(n)] + 128) * 256)));
  }
  cmsHPROFILE profile = cmsCreateProfilePlaceholder(nullptr);
  cmsSetProfileVersion(profile, 2.4);
  cmsSetDeviceClass(profile, cmsSigOutputClass);
  cmsSetColorSpace(profile, space);
  cmsSetPCS(profile, cmsSigLabData);
  cmsPipeline* lut = cmsPipelineAlloc(nullptr, 4, 3);
  cmsPipelineInsertStage(lut, cmsAT_END, cmsStageAllocCLut16bit(nullptr, 2, 4, 3, table.data()));
  REQUIRE(cmsWriteTag(profile, cmsSigAToB0Tag, lut));
  cmsPipelineFree(lut);
  cmsMLU* name = cmsMLUalloc(nullptr, 1);
  cmsMLUsetASCII(name, "en", "US", "Inks of a test");
  cmsWriteTag(profile, cmsSigProfileDescriptionTag, name);
  cmsMLUfree(name);
  cmsUInt32Number size = 0;
  REQUIRE(cmsSaveProfileToMem(profile, nullptr, &size));
  std::string bytes(size, '\0');
  REQUIRE(cmsSaveProfileToMem(profile, bytes.data(), &size));
  cmsCloseProfile(profile);
  return bytes;
}

const std::string by_own =
    "CMYK converted to sRGB by the file's own profile (Inks of a test), which was left out";
const std::string by_none = "CMYK converted to sRGB as for common offset printing: the file has no profile";
const std::string by_broken =
    "CMYK converted to sRGB as for common offset printing: the file's profile is damaged or not one of CMYK, "
    "and was "
    "left out";

class RowsOfMatrix : public RowReader {
 public:
  explicit RowsOfMatrix(cv::Mat image) : image_(std::move(image)) {}
  void read(cv::Mat& rows) override {
    image_.rowRange(next_, next_ + rows.rows).copyTo(rows);
    next_ += rows.rows;
  }

 private:
  cv::Mat image_;
  int next_ = 0;
};

cv::Mat converted(const cv::Mat& raw, RawColours kind, const std::string& profile, Notes& notes) {
  ConvertedReader reader(std::make_unique<RowsOfMatrix>(raw), kind, profile, notes);
  cv::Mat out(raw.size(), kind.converted().cv_type());
  for (int y = 0; y < out.rows; y += 23) {
    cv::Mat rows = out.rowRange(y, std::min(y + 23, out.rows));
    reader.read(rows);
  }
  return out;
}

cv::Mat any_samples(int type, cv::Size size = {83, 61}) {
  cv::Mat image(size, type);
  cv::RNG random(5);
  random.fill(image, cv::RNG::UNIFORM, 0, CV_MAT_DEPTH(type) == CV_8U ? 256 : 65536);
  const auto row = static_cast<std::size_t>(size.width) * image.elemSize();
  std::memcpy(image.ptr(20), image.ptr(19), row);  // colours that come again
  return image;
}

double sample(const cv::Mat& image, int y, int x, int channel) {
  const int i = x * image.channels() + channel;
  return image.depth() == CV_8U ? image.ptr<std::uint8_t>(y)[i] : image.ptr<std::uint16_t>(y)[i];
}

// The largest distance to a formula, in steps of 8 bit, over all samples but alpha's.
double off_by(const cv::Mat& raw, const cv::Mat& made, const std::function<Colour(int y, int x)>& right) {
  double worst = 0;
  const double scale = made.depth() == CV_8U ? 1 : 257;
  for (int y = 0; y < raw.rows; ++y) {
    for (int x = 0; x < raw.cols; ++x) {
      const Colour rgb = right(y, x);
      for (int c = 0; c < 3; ++c) {
        const double is = sample(made, y, x, 2 - c) / scale;
        worst = std::max(worst, std::abs(is - 255 * rgb[std::size_t(c)]));
      }
    }
  }
  return worst;
}

}  // namespace

TEST_CASE("CMYK becomes sRGB as its profile says, at its depth, and alpha stays") {
  initialise("test");
  const auto depth = GENERATE(Depth::u8, Depth::u16);
  const bool alpha = GENERATE(false, true);
  CAPTURE(depth, alpha);
  const RawColours kind{ColourModel::cmyk, depth, alpha};
  const cv::Mat raw = any_samples(kind.cv_type());
  Notes notes;
  const cv::Mat made = converted(raw, kind, profile_of_inks(), notes);
  CHECK(notes == Notes{by_own});
  const double full = depth == Depth::u8 ? 255 : 65535;
  const double worst = off_by(raw, made, [&](int y, int x) {
    const auto ink = [&](int c) { return sample(raw, y, x, c) / full; };
    return srgb_of_lab(lab_of_inks({ink(0), ink(1), ink(2), ink(3)}));
  });
  CHECK(worst < (depth == Depth::u8 ? 0.6 : 0.15));
  if (!alpha) return;
  cv::Mat before, after;
  cv::extractChannel(raw, before, 4);
  cv::extractChannel(made, after, 3);
  CHECK(same(before, after));
}

TEST_CASE("CMYK without a profile that can be used is taken for that of offset printing, and says why") {
  initialise("test");
  const std::string good = profile_of_inks();
  const auto [profile, note] = GENERATE_COPY(table<std::string, std::string>(
      {{"", by_none},
       {"nothing like it", by_broken},
       {good.substr(0, 200), by_broken},
       {good.substr(0, 128) + std::string(good.size() - 128, '\xff'), by_broken},
       {profile_of_inks(cmsSig4colorData), by_broken}}));
  CAPTURE(note, profile.size());
  const RawColours kind{};
  const cv::Mat raw(2, 3, CV_8UC4, cv::Scalar(255, 0, 0, 0));
  Notes notes;
  const cv::Mat made = converted(raw, kind, profile, notes);
  CHECK(notes == Notes{note});
  const auto cyan = made.at<cv::Vec3b>(1, 2);  // libvips: (0, 157, 228)
  CHECK(std::abs(cyan[2] - 0) <= 1);
  CHECK(std::abs(cyan[1] - 157) <= 1);
  CHECK(std::abs(cyan[0] - 228) <= 1);
}

TEST_CASE("CIE colours become sRGB of 16 bit by the formula, and alpha widens") {
  initialise("test");
  const auto depth = GENERATE(Depth::u8, Depth::u16);
  const bool alpha = GENERATE(false, true);
  CAPTURE(depth, alpha);
  const RawColours kind{ColourModel::lab, depth, alpha};
  const cv::Mat raw = any_samples(kind.cv_type());
  Notes notes;
  const cv::Mat made = converted(raw, kind, "ignored", notes);
  CHECK(notes == Notes{"CIE colours converted to sRGB at 16 bit"});
  const double worst = off_by(raw, made, [&](int y, int x) {
    const auto is = [&](int c) { return static_cast<int>(sample(raw, y, x, c)); };
    if (depth == Depth::u8) {
      return srgb_of_lab({is(0) / 2.55, double(std::int8_t(is(1))), double(std::int8_t(is(2)))});
    }
    return srgb_of_lab({is(0) / 655.35, std::int16_t(is(1)) / 256.0, std::int16_t(is(2)) / 256.0});
  });
  CHECK(worst < 1);  // many of these are no colours at all, where the matrix's last digit matters
  if (!alpha) return;
  bool same_alpha = true;
  for (int y = 0; y < raw.rows; ++y) {
    for (int x = 0; x < raw.cols; ++x) {
      same_alpha &= sample(made, y, x, 3) == sample(raw, y, x, 3) * (depth == Depth::u8 ? 257 : 1);
    }
  }
  CHECK(same_alpha);
}

TEST_CASE("CMYK files of TIFF come out by their profile, 16 bit at 16 bit, and lose it") {
  initialise("test");
  const test::TempDir dir;
  const int bits = GENERATE(8, 16);
  const int channels = GENERATE(4, 5);
  const bool tagged = GENERATE(true, false);
  CAPTURE(bits, channels, tagged);
  write_bytes(dir.file("inks.icc"), profile_of_inks());
  const std::string kind = std::to_string(bits);
  test::output_of(
      "/usr/bin/python3 -c \"import numpy as n, tifffile as t\n"
      "icc = open('" +
      dir.file("inks.icc") +
      "', 'rb').read()\n"
      "a = n.zeros((40, 60, " +
      std::to_string(channels) + "), n.uint" + kind +
      ")\n"
      "a[:, :, 0] = 2 ** " +
      kind +
      " - 1\n"
      "t.imwrite('" +
      dir.file("a.tif") + "', a, photometric='separated'" +
      (channels == 5 ? ", extrasamples=['unassalpha']" : "") +
      (tagged ? ", extratags=[(34675, 7, len(icc), icc, True)]" : "") + ")\"");
  Source source(dir.file("a.tif"), "a", Limits{});
  const PixelFormat format{bits == 8 ? Depth::u8 : Depth::u16, channels - 1};
  CHECK(source.info().format == format);
  CHECK(source.info().notes == Notes{tagged ? by_own : by_none});
  CHECK(source.metadata().icc.empty());
  const cv::Mat read = read_all(source);
  const Colour cyan = srgb_of_lab(lab_of_inks({1, 0, 0, 0}));
  const Colour offset{0, 157 / 255.0, 228 / 255.0};
  CHECK(off_by(read, read, [&](int, int) { return tagged ? cyan : offset; }) < (tagged ? 1 : 2));
}

TEST_CASE(
    "CMYK and YCCK of JPEG, marked by Adobe or not, in one scan or more, are read as libvips reads them") {
  initialise("test");
  const test::TempDir dir;
  const std::string path = dir.file("a.jpg");
  cv::Mat smooth;
  cv::GaussianBlur(any_samples(CV_8UC4, {90, 70}), smooth, {9, 9}, 3);
  write_bytes(dir.file("a.raw"), {reinterpret_cast<const char*>(smooth.data), smooth.total() * 4});
  const std::string convert = "convert -size 90x70 -depth 8 cmyk:" + dir.file("a.raw") + " ";
  const std::string options = GENERATE("", "-interlace Plane ", "-define jpeg:colorspace=cmyk ");
  CAPTURE(options);
  test::output_of(convert + options + path);
  if (GENERATE(false, true)) {
    std::string bytes = bytes_of_file(path);
    const auto marker = bytes.find("\xff\xee");
    REQUIRE(marker != std::string::npos);
    bytes.erase(marker, 16);
    write_bytes(path, bytes);
  }
  const OutputFile file(path, O_RDONLY);
  const auto reader = JpegReader::open(file.fd(), "a.jpg", 4);
  REQUIRE(reader != nullptr);
  cv::Mat read(70, 90, CV_8UC4);
  for (int y = 0; y < 70; y += 7) {
    cv::Mat rows = read.rowRange(y, y + 7);
    reader->read(rows);
  }
  const VipsOwner whole = vips_load(path);
  std::size_t size = 0;
  void* data = vips_image_write_to_memory(whole.get(), &size);
  REQUIRE(size == read.total() * 4);
  CHECK(same(read, cv::Mat(70, 90, CV_8UC4, data)));
  g_free(data);
}

TEST_CASE("CMYK files of JPEG come out by their profile, and so does their overview") {
  initialise("test");
  const test::TempDir dir;
  const std::string options = GENERATE("", "-interlace Plane ");
  const std::string path = dir.file("a.jpg");
  write_bytes(dir.file("inks.icc"), profile_of_inks());
  test::output_of("convert -size 640x480 'xc:cmyk(255,0,0,0)' -colorspace CMYK -profile " +
                  dir.file("inks.icc") + " " + options + path);
  const Colour cyan = srgb_of_lab(lab_of_inks({1, 0, 0, 0}));
  Source source(path, "a.jpg", Limits{});
  CHECK(source.info().notes == Notes{by_own});
  CHECK(source.metadata().icc.empty());
  const cv::Mat read = read_all(source, 100);
  CHECK(off_by(read, read, [&](int, int) { return cyan; }) < 1);
  const cv::Mat small = overview(path, "a.jpg", source.info(), {80, 60});
  CHECK(small.empty() == !options.empty());
  CHECK(off_by(small, small, [&](int, int) { return cyan; }) < 1);

  const std::string bytes = bytes_of_file(path);
  write_bytes(path, bytes.substr(0, bytes.size() - 400));
  CHECK_THROWS_WITH(read_image(path), Contains("damaged or cut short"));
}

}  // namespace tilework::imageio
