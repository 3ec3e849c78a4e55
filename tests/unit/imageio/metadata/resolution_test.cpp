// Pixels along a length, which a file may say in several places: ExifTool writes and reads them.
#include <cmath>
#include <sstream>

#include <catch2/catch.hpp>

#include "tests/support/temp_dir.h"
#include "tests/support/tool.h"
#include "tests/unit/imageio/files.h"

namespace tilework::imageio {
namespace {

using namespace std::string_literals;

// 40 x 30.
void make(const std::string& path, const std::string& options = "-strip") {
  test::output_of("convert -size 40x30 gradient:red-blue " + options + " " + path);
}

void say(const std::string& path, const std::string& what) {
  test::output_of("exiftool -q -n -overwrite_original " + what + " " + path);
}

std::string values(const std::string& path, const std::string& tags) {
  return test::output_of("exiftool -n -T " + tags + " " + path);
}

const std::string exif = "-IFD0:XResolution -IFD0:YResolution -IFD0:ResolutionUnit";
const std::string jfif = "-JFIF:XResolution -JFIF:YResolution -JFIF:ResolutionUnit";
const std::string phys = "-PNG-pHYs:PixelsPerUnitX -PNG-pHYs:PixelsPerUnitY -PNG-pHYs:PixelUnits";
const std::string inches = "-IFD0:XResolution=300 -IFD0:YResolution=150 -IFD0:ResolutionUnit=2";

}  // namespace

TEST_CASE("a resolution in EXIF alone goes to the other formats' own places") {
  initialise("test");
  const test::TempDir dir;
  const std::string path = dir.file(GENERATE("from.webp", "from.jpg", "from.png"));
  CAPTURE(path);
  make(path);
  say(path, inches);
  copy_image(path, dir.file("to.jpg"));
  CHECK(values(dir.file("to.jpg"), jfif + " " + exif) == "300\t150\t1\t300\t150\t2\n");
  copy_image(path, dir.file("to.png"));
  CHECK(values(dir.file("to.png"), phys) == "11811\t5906\t1\n");
  copy_image(path, dir.file("to.bmp"));
  CHECK(values(dir.file("to.bmp"), "-PixelsPerMeterX -PixelsPerMeterY") == "11811\t5906\n");
  copy_image(path, dir.file("to.tif"));
  CHECK(values(dir.file("to.tif"), exif) == "300\t150\t2\n");
}

TEST_CASE("JFIF has the unit that its whole numbers fit, or none, and EXIF says the rest") {
  initialise("test");
  const test::TempDir dir;
  struct Case {
    std::string said;  // in the file
    std::string expected;
  };
  const Case given =
      GENERATE(Case{"156006\t156006\t3", "1\t1\t0"}, Case{"156006\t78003\t3", "10000\t5000\t0"},
               Case{"100000\t50000\t2", "39370\t19685\t2"}, Case{"0.25\t0.25\t3", "1\t1\t0"},
               Case{"0.5\t0.5\t3", "1\t1\t0"}, Case{"118.11\t118.11\t3", "300\t300\t1"},
               Case{"72.5\t72.5\t2", "73\t73\t1"}, Case{"1.5\t1\t1", "10000\t6667\t0"});
  CAPTURE(given.said);
  make(dir.file("from.tif"));
  const std::size_t x = given.said.find('\t'), y = given.said.find('\t', x + 1);
  say(dir.file("from.tif"), "-XResolution=" + given.said.substr(0, x) +
                                " -YResolution=" + given.said.substr(x + 1, y - x - 1) +
                                " -ResolutionUnit=" + given.said.substr(y + 1));
  copy_image(dir.file("from.tif"), dir.file("to.jpg"));
  CHECK(values(dir.file("to.jpg"), jfif) == given.expected + "\n");
  CHECK(values(dir.file("to.jpg"), exif) == given.said + "\n");
}

TEST_CASE("of several resolutions in one file, one is said in all places of every result") {
  initialise("test");
  const test::TempDir dir;
  struct Case {
    std::string name;
    std::string exif;
    std::string x;  // per inch
  };
  // EXIF counts in JPEG, as for ExifTool, libvips and ImageMagick; pHYs counts in PNG (3rd edition, 11.3.4).
  const Case given = GENERATE(Case{"from.jpg", "-IFD0:XResolution=96 -IFD0:ResolutionUnit=2", "96"},
                              Case{"from.jpg", "-IFD0:XResolution=96 -IFD0:ResolutionUnit=1", "300"},
                              Case{"from.png", "-IFD0:XResolution=96 -IFD0:ResolutionUnit=2", "300"});
  CAPTURE(given.name, given.exif);
  const std::string path = dir.file(given.name);
  make(path, "-strip -density 300 -units PixelsPerInch");
  say(path, given.exif + " -IFD0:YResolution=96");
  if (given.name == "from.png") {
    say(path, "-PNG-pHYs:PixelsPerUnitX=11811 -PNG-pHYs:PixelsPerUnitY=11811 -PNG-pHYs:PixelUnits=1");
  }
  for (const std::string to : {"jpg", "tif", "png", "webp"}) {
    CAPTURE(to);
    const std::string result = dir.file("to." + to);
    copy_image(path, result);
    const std::string said = test::output_of("exiftool -n -s3 -a -XResolution -YResolution " + result);
    std::istringstream lines(said);
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
      const double value = std::stod(line);
      CHECK((std::abs(value - std::stod(given.x)) < 0.01 ||
             std::abs(value * 2.54 - std::stod(given.x)) < 0.01));
    }
    CHECK(count >= 2);
    if (to == "png") {
      const auto metre = std::to_string(std::lround(std::stod(given.x) / 0.0254));
      CHECK(values(result, phys) == metre + "\t" + metre + "\t1\n");
    }
  }
}

TEST_CASE("Photoshop's resolution is that of EXIF, and turns with the picture") {
  initialise("test");
  const test::TempDir dir;
  make(dir.file("from.jpg"));
  const std::string inches_of = "\0\1\0\1"s;  // the units that are shown
  const std::string body = "Photoshop 3.0\0"s + "8BIM\x03\xED\0\0\0\0\0\x10"s + "\0\x63\0\0"s + inches_of +
                           "\0\x42\0\0"s + inches_of;
  const std::string file = bytes_of_file(dir.file("from.jpg"));
  write_bytes(dir.file("from.jpg"),
              file.substr(0, 2) + "\xFF\xED\0"s + static_cast<char>(body.size() + 2) + body + file.substr(2));
  const std::string photoshop = "-Photoshop:XResolution -Photoshop:YResolution";
  REQUIRE(values(dir.file("from.jpg"), photoshop) == "99\t66\n");
  say(dir.file("from.jpg"), "-IFD0:Orientation=6");
  say(dir.file("from.jpg"), "-IFD0:XResolution= -IFD0:YResolution= -IFD0:ResolutionUnit=");  // ExifTool's
  copy_image(dir.file("from.jpg"), dir.file("turned.jpg"));
  CHECK(values(dir.file("turned.jpg"), photoshop) == "66\t99\n");
  say(dir.file("from.jpg"), inches);
  copy_image(dir.file("from.jpg"), dir.file("to.jpg"));
  CHECK(values(dir.file("to.jpg"), photoshop + " " + exif + " " + jfif) ==
        "150\t300\t150\t300\t2\t150\t300\t1\n");
}

}  // namespace tilework::imageio
