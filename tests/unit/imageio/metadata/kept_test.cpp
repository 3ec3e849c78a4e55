// What is said of an image besides its pixels is the same in the result, whatever the formats of the two
// files: ExifTool writes the one and reads the other.
#include <catch2/catch.hpp>

#include "tests/support/temp_dir.h"
#include "tests/support/tool.h"
#include "tests/unit/imageio/files.h"

namespace tilework::imageio {
namespace {

using Catch::Contains;

const std::string formats[] = {"jpg", "tif", "png", "webp"};

std::string tags_of(const std::string& path, const std::string& tags) {
  return test::output_of("exiftool -n -s -G1 -a -sort " + tags + " " + path);
}

// A ramp of 40 x 30.
void make(const std::string& path) {
  test::output_of("convert -size 40x30 gradient:red-blue -strip " + path);
}

void say(const std::string& path, const std::string& what) {
  test::output_of("exiftool -q -n -overwrite_original " + what + " " + path);
}

const std::string exif_and_xmp =
    "-IFD0:Artist -IFD0:Copyright -ExifIFD:DateTimeOriginal -ExifIFD:LensModel -ExifIFD:ExposureTime "
    "-ExifIFD:UserComment -GPS:all -XMP:all";
const std::string iptc = "-IPTC:all";

bool has_iptc(const std::string& format) {
  return format != "webp";
}

}  // namespace

TEST_CASE("EXIF, GPS, XMP, IPTC and the copyright go from any format to any other") {
  initialise("test");
  const test::TempDir dir;
  const std::string from = GENERATE("jpg", "tif", "png", "webp");
  const std::string path = dir.file("from." + from);
  make(path);
  say(path,
      "-EXIF:Artist='Jane Dœ' -EXIF:Copyright='(c) 2020, Jane' -DateTimeOriginal='2020:01:02 03:04:05' "
      "-EXIF:LensModel='50 mm' -EXIF:ExposureTime=0.004 -EXIF:UserComment='ünicode' -GPSLatitude=48.5 "
      "-GPSLatitudeRef=N -GPSLongitude=16.25 -GPSLongitudeRef=W -XMP:Title='Tïtle' -XMP:Subject=a "
      "-XMP:Subject=b");
  if (has_iptc(from)) say(path, "-IPTC:Caption-Abstract='odd' -IPTC:Keywords=a -IPTC:Keywords=bcd");
  REQUIRE_THAT(tags_of(path, exif_and_xmp), Contains("16.25") && Contains("Jane D") && Contains("LensModel"));
  for (const std::string& to : formats) {
    CAPTURE(from, to);
    const std::string result = dir.file("to." + to);
    const auto notes = copy_image(path, result);
    CHECK(tags_of(result, exif_and_xmp) == tags_of(path, exif_and_xmp));
    if (has_iptc(from) && has_iptc(to)) CHECK(tags_of(result, iptc) == tags_of(path, iptc));
    const bool loses_iptc = has_iptc(from) && !has_iptc(to);
    CHECK(std::count(notes.begin(), notes.end(), "WebP has no place for IPTC: it was left out") ==
          loses_iptc);
    CHECK(test::output_of("exiftool -q -q -warning -validate -s3 -a " + result).find("IPTC") ==
          std::string::npos);
  }
}

TEST_CASE("a JPEG file's comments, and XMP of more than 64 KB, are kept") {
  initialise("test");
  const test::TempDir dir;
  const std::string path = dir.file("from.jpg");
  make(path);
  write_bytes(dir.file("long.txt"), std::string(150'000, 'x') + "end");
  say(path, "-Comment='hello' '-XMP-dc:Description<=" + dir.file("long.txt") + "'");
  const std::string xmp = "-XMP-dc:Description";
  const std::string described = tags_of(path, xmp);
  REQUIRE(described.size() > 150'000);
  for (const std::string& to : formats) {
    CAPTURE(to);
    const std::string result = dir.file("to." + to);
    CHECK(copy_image(path, result).empty());
    CHECK(tags_of(result, xmp) == described);
    CHECK_THAT(tags_of(result, "-Comment -ImageDescription"), Contains("hello"));
    CHECK((bytes_of_file(result).find("HasExtendedXMP") == std::string::npos) == (to != "jpg"));
  }
}

TEST_CASE("a JPEG file's comments are kept beside a description and a comment of EXIF") {
  initialise("test");
  const test::TempDir dir;
  const std::string path = dir.file("from.png");
  make(path);
  const bool is_unicode = GENERATE(false, true);
  say(path, std::string("-EXIF:ImageDescription=what -EXIF:UserComment=") + (is_unicode ? "ünï" : "uni") +
                " -PNG:Comment=one");
  copy_image(path, dir.file("from.jpg"));
  REQUIRE(test::output_of("exiftool -s3 -a -ImageDescription -UserComment -Comment " +
                          dir.file("from.jpg")) == (is_unicode ? "what\nünï\none\n" : "what\nuni\none\n"));
  for (const std::string to : {"tif", "webp"}) {
    CAPTURE(to);
    CHECK(copy_image(dir.file("from.jpg"), dir.file("to." + to)).empty());
    CHECK(test::output_of("exiftool -b -IFD0:ImageDescription " + dir.file("to." + to)) == "what\none");
    CHECK(test::output_of("exiftool -s3 -ExifIFD:UserComment " + dir.file("to." + to)) ==
          (is_unicode ? "ünï\n" : "uni\n"));
  }
}

TEST_CASE("several comments of a JPEG file are kept") {
  initialise("test");
  const test::TempDir dir;
  make(dir.file("from.png"));
  Source source(dir.file("from.png"), "a", Limits{});
  Metadata metadata;
  for (const std::string text : {"one", "two", "three", "one", "four"}) {
    metadata.texts.push_back({"Comment", text, {}, {}});
  }
  const cv::Mat image = read_all(source);
  for (const std::string to : {"jpg", "tif", "webp", "png", "gif"}) {
    CAPTURE(to);
    for (const auto& note : write_image(dir.file("to." + to), image, metadata)) {
      CHECK_THAT(note, !Contains("text"));
    }
    const std::string said =
        test::output_of("exiftool -a -ImageDescription -UserComment -Comment -b " + dir.file("to." + to));
    for (const std::string text : {"one", "two", "three", "four"}) CHECK_THAT(said, Contains(text));
  }
}

TEST_CASE("texts without a place in WebP are named") {
  initialise("test");
  const test::TempDir dir;
  make(dir.file("from.png"));
  say(dir.file("from.png"), "-PNG:Title=kept -PNG:Disclaimer=d -PNG:Source=s");
  const auto notes = copy_image(dir.file("from.png"), dir.file("to.webp"));
  CHECK(notes.back() == "WebP has no place for texts (Disclaimer, Source): they were left out");
}

TEST_CASE("all statements about orientation and size agree with pixels that were turned") {
  initialise("test");
  const test::TempDir dir;
  const std::string from = GENERATE("jpg", "tif", "png", "webp");
  const int orientation = from == "jpg" ? GENERATE(1, 3, 6) : 6;
  const std::string path = dir.file("from." + from);
  make(path);
  const std::string as = "=" + std::to_string(orientation);
  say(path, "-IFD0:Orientation" + as + " -XMP-tiff:Orientation" + as +
                " -XMP-tiff:ImageWidth=40 -XMP-tiff:ImageHeight=30 -XMP-exif:ExifImageWidth=40 "
                "-XMP-exif:ExifImageHeight=30 -ExifIFD:ExifImageWidth=40 -ExifIFD:ExifImageHeight=30");
  for (const std::string& to : formats) {
    CAPTURE(from, to, orientation);
    const std::string result = dir.file("to." + to);
    copy_image(path, result);
    const std::string sizes = orientation == 6 ? "30\t40" : "40\t30";
    CHECK(test::output_of("exiftool -n -T -XMP-tiff:Orientation -XMP-tiff:ImageWidth -XMP-tiff:ImageHeight "
                          "-XMP-exif:ExifImageWidth -XMP-exif:ExifImageHeight -ExifIFD:ExifImageWidth "
                          "-ExifIFD:ExifImageHeight -ImageSize " +
                          result) == "1\t" + sizes + "\t" + sizes + "\t" + sizes + "\t" + sizes.substr(0, 2) +
                                         " " + sizes.substr(3) + "\n");
    const std::string said = test::output_of("exiftool -n -T -IFD0:Orientation " + result);
    CHECK((said == "1\n" || (to == "tif" && said == "-\n")));  // that's what TIFF means by none
  }
}

TEST_CASE(
    "texts of PNG are kept in their characters, and JPEG, TIFF and WebP get those that they have places "
    "for") {
  initialise("test");
  const test::TempDir dir;
  const std::string path = dir.file("from.png");
  make(path);
  say(path, "-PNG:Author='Jané' -PNG:Title='日本' -PNG:Description='ascii'");
  const std::string tags = "-PNG:Author -PNG:Title -PNG:Description";
  const std::string result = dir.file("to.png");
  CHECK(copy_image(path, result).empty());
  CHECK(tags_of(result, tags) == tags_of(path, tags));
  for (const std::string to : {"jpg", "tif", "webp"}) {
    CAPTURE(to);
    copy_image(path, dir.file("to." + to));
    CHECK(test::output_of("exiftool -s3 -IFD0:Artist -IFD0:DocumentName -IFD0:ImageDescription " +
                          dir.file("to." + to)) == "Jané\n日本\nascii\n");
  }
}

TEST_CASE(
    "of a TIFF that begins with a thumbnail, what its first page says is kept, unless the picture says it") {
  initialise("test");
  const test::TempDir dir;
  const std::string place = GENERATE("page", "part");
  CAPTURE(place);
  const std::string path = dir.file("from.tif");
  test::output_of(
      "/usr/bin/python3 -c \"import numpy as n, tifffile as T\n"
      "a = n.random.default_rng(1).integers(0, 255, (60, 80, 3), n.uint8)\n"
      "with T.TiffWriter('" +
      path +
      "') as t:\n"
      "    t.write(a[::4, ::4].copy(), photometric='rgb', subfiletype=1, metadata=None, software='first', "
      "resolution=(10, 10, 'inch'), extratags=[(33550, 12, 3, (4.0, 4.0, 0.0), True)]" +
      (place == "part" ? ", subifds=1" : "") +
      ")\n"
      "    t.write(a, photometric='rgb', metadata=None, software='second', resolution=(40, 40, 'inch'))\"");
  const std::string profile = dir.file("profile.icc");
  std::string bytes(200, '\0');
  bytes.replace(3, 1, "\xC8").replace(12, 12, "mntrRGB XYZ ").replace(36, 4, "acsp");
  write_bytes(profile, bytes);
  say(path,
      "-IFD0:Artist=Jane -IFD0:Copyright=me -ExifIFD:LensModel='50 mm' -GPSLatitude=48.5 -GPSLatitudeRef=N "
      "-XMP:Title=title -IPTC:Caption-Abstract=odd");
  test::output_of("exiftool -q -overwrite_original '-ICC_Profile<=" + profile + "' " + path);
  const std::string result = dir.file("to.tif");
  CHECK(copy_image(path, result).empty());
  CHECK(test::output_of(
            "exiftool -n -s3 -IFD0:ImageWidth -IFD0:Artist -IFD0:Copyright -IFD0:Software "
            "-IFD0:XResolution -ExifIFD:LensModel -GPS:GPSLatitude -XMP:Title -IPTC:Caption-Abstract "
            "-IFD0:PixelScale " +
            result) == "80\nJane\nme\nsecond\n40\n50 mm\n48.5\ntitle\nodd\n");
  CHECK(test::output_of("exiftool -q -q -b -ICC_Profile " + result) == bytes);
}

TEST_CASE("a resolution stays as it was, with its unit, and none stays none") {
  initialise("test");
  const test::TempDir dir;
  for (const std::string to : {"jpg", "tif", "webp", "png", "bmp"}) {
    CAPTURE(to);
    const std::string result = dir.file("to." + to);
    const std::string names =
        "exiftool -n -s3 -XResolution -YResolution -ResolutionUnit -JFIF:all -PNG-pHYs:all "
        "-File:PixelsPerMeterX -File:PixelsPerMeterY " +
        result;
    test::output_of("convert -size 40x30 gradient: -strip -density 300x150 -units PixelsPerInch " +
                    dir.file("inch.tif"));
    copy_image(dir.file("inch.tif"), result);
    if (to == "bmp" || to == "png") {
      CHECK_THAT(test::output_of(names), Contains("11811\n5906\n"));  // a metre, rounded
    } else {
      CHECK_THAT(test::output_of(names), Contains("300\n150\n2\n"));
    }
    make(dir.file("none.tif"));
    say(dir.file("none.tif"), "-XResolution= -YResolution= -ResolutionUnit=");
    copy_image(dir.file("none.tif"), result);
    const std::string none = test::output_of(names);
    CHECK(
        (none.empty() || none == "0\n0\n" || none == "1 1\n0\n1\n1\n" || none == "1\n1\n0\n1 1\n0\n1\n1\n"));
    CAPTURE(none);
  }
}

}  // namespace tilework::imageio
