// What a file says about places within its picture, once that was turned: ExifTool writes the one and reads
// the other.
#include <catch2/catch.hpp>

#include "tests/support/temp_dir.h"
#include "tests/support/tool.h"
#include "tests/unit/imageio/files.h"

namespace tilework::imageio {
namespace {

// A ramp of 40 x 30.
void make(const std::string& path) {
  test::output_of("convert -size 40x30 gradient:red-blue -strip " + path);
}

void say(const std::string& path, const std::string& what) {
  test::output_of("exiftool -q -n -overwrite_original " + what + " " + path);
}

std::string values(const std::string& path, const std::string& tags) {
  return test::output_of("exiftool -n -T " + tags + " " + path);
}

}  // namespace

TEST_CASE("EXIF's subject and the camera's pixels turn with the picture") {
  initialise("test");
  const test::TempDir dir;
  struct Case {
    int orientation;
    std::string expected;
  };
  // A place is given by the numbers of columns and rows.
  const Case turn = GENERATE(Case{1, "10 20 6 4\t5 7\t100\t200"}, Case{2, "29 20 6 4\t34 7\t100\t200"},
                             Case{3, "29 9 6 4\t34 22\t100\t200"}, Case{5, "20 10 4 6\t7 5\t200\t100"},
                             Case{6, "9 10 4 6\t22 5\t200\t100"}, Case{7, "9 29 4 6\t22 34\t200\t100"},
                             Case{8, "20 29 4 6\t7 34\t200\t100"});
  const std::string order = GENERATE("II", "MM");
  make(dir.file("from.jpg"));
  say(dir.file("from.jpg"), "-ExifByteOrder=" + order +
                                " -IFD0:Orientation=" + std::to_string(turn.orientation) +
                                " -ExifIFD:SubjectArea='10 20 6 4' -ExifIFD:SubjectLocation='5 7' "
                                "-ExifIFD:FocalPlaneXResolution=100 -ExifIFD:FocalPlaneYResolution=200");
  for (const std::string to : {"jpg", "tif", "png", "webp"}) {
    CAPTURE(turn.orientation, to);
    copy_image(dir.file("from.jpg"), dir.file("to." + to));
    CHECK(values(dir.file("to." + to),
                 "-ExifIFD:SubjectArea -ExifIFD:SubjectLocation -ExifIFD:FocalPlaneXResolution "
                 "-ExifIFD:FocalPlaneYResolution") == turn.expected + "\n");
  }
}

TEST_CASE("a circle around EXIF's subject stays one") {
  initialise("test");
  const test::TempDir dir;
  make(dir.file("from.jpg"));
  say(dir.file("from.jpg"), "-IFD0:Orientation=6 -ExifIFD:SubjectArea='10 20 6'");
  copy_image(dir.file("from.jpg"), dir.file("to.jpg"));
  CHECK(values(dir.file("to.jpg"), "-ExifIFD:SubjectArea") == "9 10 6\n");
}

TEST_CASE("what XMP marks in the stored picture is left out with a note when that is turned") {
  initialise("test");
  const test::TempDir dir;
  const bool is_turned = GENERATE(false, true);
  make(dir.file("from.jpg"));
  say(dir.file("from.jpg"), std::string("-IFD0:Orientation=") + (is_turned ? "6" : "1") +
                                " -XMP-crs:HasCrop=True -XMP-crs:CropTop=0.1 -XMP-crs:Exposure2012=1 "
                                "-XMP-exif:SubjectArea=1 -XMP-exif:SubjectArea=2 -XMP-tiff:XResolution=300 "
                                "-XMP-tiff:YResolution=150 -XMP-exif:FocalPlaneXResolution=7");
  const auto notes = copy_image(dir.file("from.jpg"), dir.file("to.jpg"));
  CHECK(values(dir.file("to.jpg"),
               "-XMP-crs:HasCrop -XMP-crs:CropTop -XMP-exif:SubjectArea -XMP-crs:Exposure2012 "
               "-XMP-tiff:XResolution -XMP-tiff:YResolution -XMP-exif:FocalPlaneXResolution "
               "-XMP-exif:FocalPlaneYResolution") ==
        (is_turned ? "-\t-\t-\t1\t150\t300\t-\t-\n" : "True\t0.1\t1, 2\t1\t300\t150\t7\t-\n"));
  using Notes = std::vector<std::string>;
  CHECK(notes == (is_turned ? Notes{"regions marked in XMP were left out, since the picture was turned",
                                    "Camera Raw's crop in XMP was left out, since the picture was turned"}
                            : Notes{}));
}

TEST_CASE("IPTC's word for portrait or landscape is that of the result, and Photoshop's digest agrees") {
  initialise("test");
  const test::TempDir dir;
  const std::string orientation = GENERATE("1", "6");
  make(dir.file("from.jpg"));
  say(dir.file("from.jpg"),
      "-IFD0:Orientation=" + orientation +
          " -IPTC:Headline=abc -IPTC:ImageOrientation=L -IPTC:Caption-Abstract=d -Photoshop:IPTCDigest=new");
  for (const std::string to : {"jpg", "tif", "png"}) {
    CAPTURE(orientation, to);
    copy_image(dir.file("from.jpg"), dir.file("to." + to));
    CHECK(values(dir.file("to." + to), "-IPTC:ImageOrientation -IPTC:Headline -IPTC:Caption-Abstract") ==
          (orientation == "6" ? "P\tabc\td\n" : "L\tabc\td\n"));
  }
  const std::string digests = values(dir.file("to.jpg"), "-Photoshop:IPTCDigest -File:CurrentIPTCDigest");
  CHECK(digests.substr(0, 32) == digests.substr(33, 32));
}

}  // namespace tilework::imageio
