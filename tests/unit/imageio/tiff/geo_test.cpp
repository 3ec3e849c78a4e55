// Where a picture lies on the map, and what programs for microscopes say in TIFF's description: GDAL and
// tifffile write the files, and judge the results.
#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/support/temp_dir.h"
#include "tests/support/tool.h"
#include "tests/unit/imageio/files.h"

namespace tilework::imageio {
namespace {

using Catch::Contains;

std::string python(const std::string& program) {
  return test::output_of("/usr/bin/python3 -c \"import numpy as n, tifffile as T\n" + program + "\"");
}

// 40 x 30 pixels of random gray, 10 m each.
void make_map(const test::TempDir& dir, const std::string& path, const std::string& options = "") {
  python("T.imwrite('" + dir.file("plain.tif") +
         "', n.random.default_rng(1).integers(0, 255, (30, 40), n.uint8), metadata=None)");
  test::output_of(
      "gdal_translate -q -a_srs EPSG:32633 -a_ullr 500000 5400000 500400 5399700 -a_nodata 7 -mo A=b " +
      options + " " + dir.file("plain.tif") + " " + path);
}

// All but the file's name, and how pixels are stored.
std::string gdal_says(const std::string& path) {
  return test::output_of("gdalinfo " + path + " | grep -v '^Files:\\|Block='");
}

std::string values_at(const std::string& path) {
  return test::output_of(
      "printf '500005 5399995\\n500396 5399704\\n500123 5399888\\n' | gdallocationinfo -valonly "
      "-geoloc " +
      path);
}

}  // namespace

TEST_CASE("GDAL finds the map's coordinates, nodata and metadata unchanged, and other formats get a note") {
  initialise("test");
  const test::TempDir dir;
  const std::string options =
      GENERATE("", "-co TILED=YES -co BLOCKXSIZE=16 -co BLOCKYSIZE=16 -co COMPRESS=LZW", "-co BIGTIFF=YES",
               "-gcp 0 0 10 50 -gcp 40 0 11 50 -gcp 0 30 10 49");
  const std::string path = dir.file("map.tif"), result = dir.file("result.tif");
  make_map(dir, path, options);
  CHECK(copy_image(path, result).empty());
  CHECK(gdal_says(result) == gdal_says(path));
  const auto notes = copy_image(path, dir.file("result.png"));
  REQUIRE(notes.size() == 1);
  CHECK_THAT(notes[0], Contains("GeoTIFF") && Contains("left out"));
}

TEST_CASE("a map that is turned has each place's value where it was") {
  initialise("test");
  const test::TempDir dir;
  const int orientation = GENERATE(2, 3, 4, 5, 6, 7, 8);
  CAPTURE(orientation);
  const std::string path = dir.file("map.tif"), result = dir.file("result.tif");
  make_map(dir, path);
  const std::string right = values_at(path);  // GDAL doesn't mind the orientation
  test::output_of("exiftool -q -n -overwrite_original -IFD0:Orientation=" + std::to_string(orientation) +
                  " " + path);
  copy_image(path, result);
  CHECK(test::output_of("exiftool -s3 -ImageWidth " + result) == (orientation > 4 ? "30\n" : "40\n"));
  CHECK(values_at(result) == right);
}

TEST_CASE("descriptions of ImageJ, OME and tifffile tell of the one page that is left") {
  initialise("test");
  const test::TempDir dir;
  const std::string how = GENERATE("imagej=True, metadata={'axes': 'ZYX', 'spacing': 2.5, 'unit': 'um'}",
                                   "ome=True, metadata={'axes': 'ZYX', 'PhysicalSizeX': 0.5}",
                                   "metadata={'a': 1, 'axes': 'ZYX'}");
  CAPTURE(how);
  const std::string path = dir.file("from.tif"), result = dir.file("result.tif");
  python("T.imwrite('" + path +
         "', n.random.default_rng(1).integers(0, 255, (3, 30, 40), n.uint16), photometric='minisblack', " +
         how + ")");
  const auto notes = copy_image(path, result);
  CHECK(notes == std::vector<std::string>{"multi-page TIFF: only the first page of 3 is used"});
  const std::string said = python("f = T.TiffFile('" + result +
                                  "')\nprint(len(f.pages), f.series[0].shape, "
                                  "(f.asarray() == T.imread('" +
                                  path +
                                  "', key=0)).all())\n"
                                  "print(f.imagej_metadata, f.ome_metadata, f.shaped_metadata)");
  CHECK_THAT(said, Contains("1 (30, 40) True"));
  if (how.starts_with("imagej")) CHECK_THAT(said, Contains("'spacing': 2.5") && Contains("'unit': 'um'"));
  if (how.starts_with("metadata")) CHECK_THAT(said, Contains("'a': 1"));
  if (how.starts_with("ome")) CHECK_THAT(said, Contains("PhysicalSizeX=\"0.5\"") && Contains("SizeZ=\"1\""));
}

TEST_CASE(
    "ImageJ's own data are kept where there is one page, in any order of bytes, and else left out with a "
    "note") {
  initialise("test");
  const test::TempDir dir;
  const std::string order = GENERATE("<", ">"), pages = GENERATE("", "3, ");
  CAPTURE(order, pages);
  const std::string path = dir.file("from.tif"), result = dir.file("result.tif");
  python("T.imwrite('" + path + "', n.random.default_rng(1).integers(0, 255, (" + pages +
         "30, 40), n.uint16), imagej=True, byteorder='" + order +
         "', metadata={'Info': 'some infö', 'Ranges': (1.0, 2.5), 'Labels': ['a'] * " +
         (pages.empty() ? "1" : "3") + ", 'ROI': b'Iout12345678', 'unit': 'um'})");
  const auto notes = copy_image(path, result);
  const std::string names =
      "print([T.TiffFile('" + result +
      "').imagej_metadata.get(k) for k in ('Info', 'Ranges', 'Labels', 'ROI', 'unit')])";
  if (pages.empty()) {
    CHECK(notes.empty());
    CHECK(python(names) == "['some infö', (1.0, 2.5), 'a', b'Iout12345678', 'um']\n");
  } else {
    CHECK(notes ==
          std::vector<std::string>{"multi-page TIFF: only the first page of 3 is used",
                                   "ImageJ's own data (labels, ranges, overlays) were left out, since "
                                   "they are about 3 pages"});
    CHECK(python(names) == "[None, None, None, None, 'um']\n");
  }
}

TEST_CASE("ImageJ's own data that make no sense are left out with a note") {
  initialise("test");
  const test::TempDir dir;
  const std::string sizes = GENERATE("(12, 4000)", "(12, 4, 4)", "(2, 4)", "(400, 4)", "(0, 0)");
  CAPTURE(sizes);
  python("T.imwrite('" + dir.file("a.tif") +
         "', n.zeros((30, 40), 'u1'), byteorder='>', metadata=None, "
         "description='ImageJ=1.11a\\nimages=1\\n', extratags=[(50838, 4, len(" +
         sizes + "), " + sizes + ", True), (50839, 1, 16, b'IJIJinfo\\0\\0\\0\\x02abcd', True)])");
  const auto notes = copy_image(dir.file("a.tif"), dir.file("b.tif"));
  REQUIRE(notes.size() == 1);
  CHECK_THAT(notes[0], Contains("ImageJ's own data") && Contains("damaged"));
}

TEST_CASE("tags of other programs are kept, and a transfer function where samples stay what they are") {
  initialise("test");
  const test::TempDir dir;
  const std::string path = dir.file("from.tif"), result = dir.file("result.tif");
  const auto [array, count, kept] = GENERATE(table<std::string, int, bool>({
      {"n.zeros((30, 40, 3), 'u1'), photometric='rgb'", 768, true},
      {"n.zeros((30, 40), 'u2'), photometric='minisblack'", 65536, true},
      {"n.zeros((30, 40), 'u1'), photometric='miniswhite'", 256, false},
      {"n.zeros((30, 40), 'i2'), photometric='minisblack'", 65536, false},
      {"n.zeros((30, 40, 4), 'u1'), photometric='separated'", 768, false},
  }));
  CAPTURE(array, count);
  const std::string c = std::to_string(count);
  python(
      "T.imwrite('" + path + "', " + array + ", metadata=None, extratags=[(301, 3, " + c +
      ", tuple(i % 9 for i in range(" + c +
      ")), True), (51123, 2, 0, '[70, 80]', True), (50908, 2, 0, 'rsid', True), (65000, 2, 0, 'mine', True), "
      "(333, 2, 0, 'inks', True), (50708, 2, 0, 'camera', True)])");
  const auto notes = copy_image(path, result);
  const auto has = [&notes](const std::string& words) {
    return std::ranges::any_of(notes,
                               [&](const auto& note) { return note.find(words) != std::string::npos; });
  };
  CHECK(has("transfer function was left out") == !kept);
  CHECK(has("names of inks were left out"));
  CHECK(
      python("t = T.TiffFile('" + result +
             "').pages[0].tags\nprint([t[k].value for k in (51123, 50908, 65000)], "
             "[k in t for k in (333, 50708)], n.ravel(t[301].value).tolist() == list(i % 9 for i in range(" +
             c + ")) if 301 in t else None)") ==
      "[[70, 80], 'rsid', 'mine'] [False, False] " + std::string(kept ? "True" : "None") + "\n");
}

TEST_CASE("sizes of pixels in OME's description change places where a picture's sides do") {
  initialise("test");
  const test::TempDir dir;
  const int orientation = GENERATE(3, 6);
  const std::string path = dir.file("from.ome.tif"), result = dir.file("result.tif");
  python("T.imwrite('" + path +
         "', n.zeros((30, 40), n.uint8), photometric='minisblack', ome=True, metadata={'axes': 'YX', "
         "'PhysicalSizeX': 0.25, 'PhysicalSizeY': 3, 'PhysicalSizeYUnit': 'nm'})");
  test::output_of("exiftool -q -n -overwrite_original -IFD0:Orientation=" + std::to_string(orientation) +
                  " " + path);
  copy_image(path, result);
  const std::string said = python("p = T.xml2dict(T.TiffFile('" + result +
                                  "').ome_metadata)['OME']['Image']['Pixels']\n"
                                  "print([p.get(k) for k in ['SizeX', 'SizeY', 'PhysicalSizeX', "
                                  "'PhysicalSizeXUnit', 'PhysicalSizeY', 'PhysicalSizeYUnit']])");
  CHECK(said == (orientation == 6 ? "[30, 40, 3, 'nm', 0.25, None]\n" : "[40, 30, 0.25, None, 3, 'nm']\n"));
}

}  // namespace tilework::imageio
