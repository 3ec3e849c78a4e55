// What WebP, GIF and BMP files say besides their pixels, with other people's programs as oracles.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "server/imageio/bmp/bmp_metadata.h"
#include "server/imageio/gif/gif_metadata.h"
#include "server/imageio/webp/webp_metadata.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tool.h"
#include "tests/unit/imageio/files.h"

namespace tilework::imageio {
namespace {

using namespace std::string_literals;
using Notes = std::vector<std::string>;

const std::string xmp =
    "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'>"
    "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description "
    "rdf:about='' xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:source>日本語</dc:source>"
    "</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>";

// One field: orientation 1.
const std::string exif = "MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\1\0\0\0\0\0\0"s;

std::string srgb_profile() {
  VipsBlob* blob = nullptr;
  if (vips_profile_load("srgb", &blob, nullptr) != 0) throw std::runtime_error("no profile");
  std::size_t size = 0;
  const void* data = vips_blob_get(blob, &size);
  std::string bytes(static_cast<const char*>(data), size);
  vips_area_unref(VIPS_AREA(blob));
  return bytes;
}

Metadata everything() {
  Metadata metadata;
  metadata.icc = srgb_profile();
  metadata.exif = exif;
  metadata.xmp = xmp;
  metadata.iptc = "\x1C\x02\x78\0\x05Hello"s;
  metadata.texts = {{"Comment", "Größe " + std::string(600, 'x'), "", ""}};
  metadata.resolution = {118.11, 59.06, Resolution::Unit::centimetre};
  return metadata;
}

const cv::Mat image(20, 30, CV_8UC3, cv::Scalar(10, 100, 200));

nlohmann::json exiftool(const std::string& path) {
  return nlohmann::json::parse(test::output_of("exiftool -j -G1 -a -u -n '" + path + "'")).at(0);
}

template <typename Read>
FileMetadata read_by(Read read, const std::string& path) {
  const OutputFile file(path, O_RDONLY);
  return read(file.fd());
}

template <typename Read>
void damage(Read read, const std::string& whole, const std::string& path) {
  cv::RNG random(1);
  for (int i = 0; i < 1000; ++i) {
    std::string damaged = whole;
    const auto at = static_cast<std::size_t>(random.uniform(0, std::min(int(whole.size()), 1500)));
    damaged[at] = static_cast<char>(random.uniform(0, 256));
    write_bytes(path, damaged);
    read_by(read, path);
    write_bytes(path, damaged.substr(0, at));
    read_by(read, path);
  }
}

TEST_CASE("WebP keeps profile, EXIF and XMP as they were, and says what it has no place for") {
  initialise("test");
  const test::TempDir dir;
  const std::string path = dir.file("a.webp");
  CHECK(write_image(path, image, everything()) == Notes{"WebP has no place for IPTC: it was left out"});
  const FileMetadata back = read_by(read_webp_metadata, path);
  CHECK(back.metadata.icc == everything().icc);
  CHECK(exiftool(path).at("IFD0:XResolution") == everything().resolution->x);
  CHECK(back.metadata.xmp == xmp);
  CHECK_FALSE(back.storage.lossless);
  CHECK(exiftool(path).at("XMP-dc:Source") == "日本語");
  CHECK(exiftool(path).at("IFD0:Orientation") == 1);
  // Pixels are still those of libvips, and so is a file that says nothing.
  write_image(dir.file("b.webp"), image);
  CHECK(same(read_image(path), read_image(dir.file("b.webp"))));
  CHECK(read_by(read_webp_metadata, dir.file("b.webp")).metadata.empty());
  damage(read_webp_metadata, bytes_of_file(path), dir.file("c"));
}

TEST_CASE("WebP has a resolution in EXIF, which is made where there is none") {
  initialise("test");
  const test::TempDir dir;
  Metadata metadata;
  metadata.resolution = {118.11, 300, Resolution::Unit::inch};
  CHECK(write_image(dir.file("a.webp"), image, metadata).empty());
  const auto said = exiftool(dir.file("a.webp"));
  CHECK(said.at("IFD0:XResolution") == Approx(118.11));
  CHECK(said.at("IFD0:YResolution") == 300);
  CHECK(said.at("IFD0:ResolutionUnit") == 2);
}

TEST_CASE("lossless WebP, and EXIF with JPEG's name in front, are seen") {
  initialise("test");
  const test::TempDir dir;
  vips_save(to_vips(image), dir.file("a.webp[lossless]"));
  CHECK(read_by(read_webp_metadata, dir.file("a.webp")).storage.lossless);
  Metadata metadata;
  metadata.exif = "Exif\0\0"s + exif;
  write_image(dir.file("b.webp"), image, metadata);
  CHECK(read_by(read_webp_metadata, dir.file("b.webp")).metadata.exif == exif);
}

TEST_CASE("GIF keeps comments and XMP, and says what it has no place for") {
  initialise("test");
  const test::TempDir dir;
  const std::string path = dir.file("a.gif");
  CHECK(write_image(path, image, everything()).back() ==
        "GIF has no place for EXIF, IPTC, a resolution and a colour profile: they were left out");
  const Metadata back = read_by(read_gif_metadata, path).metadata;
  CHECK(back.texts == everything().texts);
  CHECK(back.xmp == xmp);
  CHECK(exiftool(path).at("XMP-dc:Source") == "日本語");
  CHECK(exiftool(path).at("File:Comment") == everything().texts.front().text);
  write_image(dir.file("b.gif"), image);
  CHECK(same(read_image(path), read_image(dir.file("b.gif"))));
  CHECK(read_by(read_gif_metadata, dir.file("b.gif")).metadata.empty());
  damage(read_gif_metadata, bytes_of_file(path), dir.file("c"));
}

TEST_CASE("GIF files of other programs tell their comments and XMP") {
  initialise("test");
  const test::TempDir dir;
  const std::string path = dir.file("a.gif");
  write_image(path, image);
  test::output_of("exiftool -overwrite_original -XMP-dc:Source='日本語' -Comment='Größe' '" + path + "'");
  const Metadata back = read_by(read_gif_metadata, path).metadata;
  CHECK_THAT(back.xmp, Catch::StartsWith("<?xpacket begin") && Catch::Contains("日本語"));
  CHECK(back.xmp.substr(back.xmp.find_last_not_of(" \n") - 1, 2) == "?>");
  REQUIRE(back.texts.size() == 1);
  CHECK(back.texts[0].text == "Größe");
}

TEST_CASE("BMP keeps resolution and profile, and says what it has no place for") {
  initialise("test");
  const test::TempDir dir;
  const std::string path = dir.file("a.bmp");
  const int channels = GENERATE(3, 4);
  const cv::Mat pixels(7, 5, CV_8UC(channels), cv::Scalar(1, 2, 3, 4));
  CHECK(write_image(path, pixels, everything()) ==
        Notes{"BMP has no place for EXIF, XMP, IPTC and texts (Comment): they were left out"});
  const Metadata back = read_by(read_bmp_metadata, path).metadata;
  CHECK(back.icc == everything().icc);
  CHECK(back.resolution == everything().resolution);
  CHECK(exiftool(path).at("File:PixelsPerMeterX") == 11811);
  CHECK(exiftool(path).at("File:ColorSpace") == "MBED");
  CHECK(test::output_of("identify -format '%wx%h %[profile:icc]' '" + path + "'")
            .starts_with(std::to_string(pixels.cols) + "x" + std::to_string(pixels.rows)));
  CHECK(same(read_image(path), pixels));
  write_image(dir.file("b.bmp"), pixels);
  CHECK(read_by(read_bmp_metadata, dir.file("b.bmp")).metadata.empty());
  damage(read_bmp_metadata, bytes_of_file(path), dir.file("c"));
}

std::string calibrated(const std::vector<double>& endpoints) {
  std::string header = "BM"s + std::string(12, '\0') + "\x6C"s + std::string(107, '\0');
  const auto put = [&](std::size_t at, double value, double one) {
    const auto fixed = static_cast<std::uint32_t>(std::lround(value * one));
    for (int i = 0; i < 4; ++i) header[at + static_cast<std::size_t>(i)] = static_cast<char>(fixed >> 8 * i);
  };
  for (std::size_t i = 0; i < 9; ++i) put(74 + 4 * i, endpoints[i], 1 << 30);
  for (std::size_t i = 0; i < 3; ++i) put(110 + 4 * i, 2.2, 65536);
  return header;
}

TEST_CASE("calibrated colours of BMP come in, whether its endpoints are colours or chromaticities") {
  const test::TempDir dir;
  // sRGB's, IEC 61966-2-1.
  const std::vector<double> endpoints =
      GENERATE(std::vector{0.4124, 0.2126, 0.0193, 0.3576, 0.7152, 0.1192, 0.1805, 0.0722, 0.9505},
               std::vector{0.64, 0.33, 0.03, 0.30, 0.60, 0.10, 0.15, 0.06, 0.79});
  write_bytes(dir.file("a"), calibrated(endpoints));
  const ColourSpace colours = read_by(read_bmp_metadata, dir.file("a")).metadata.colours;
  CHECK(colours.gamma.value() == Approx(1 / 2.2).epsilon(1e-4));
  const std::array<double, 8> wanted{0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06};
  for (std::size_t i = 0; i < 8; ++i)
    CHECK(colours.chromaticities.value()[i] == Approx(wanted[i]).margin(3e-4));
  write_bytes(dir.file("a"), calibrated(std::vector<double>(9, 0.0)));
  CHECK_FALSE(read_by(read_bmp_metadata, dir.file("a")).metadata.colours.chromaticities);
}

}  // namespace
}  // namespace tilework::imageio
