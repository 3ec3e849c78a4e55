// TIFF files of all kinds of samples, colours and pieces, written by tifffile, GDAL and ImageMagick; what
// they must become is computed by numpy or said by these tools.
#include <catch2/catch.hpp>

#include "schema/model/error.h"
#include "server/imageio/tiff/tiff_opening.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tool.h"
#include "tests/unit/imageio/files.h"

namespace tilework::imageio {
namespace {

using Catch::Contains;
using Notes = std::vector<std::string>;

// In the folder of the test. `expect` keeps an array, in RGB order, for expected().
void python(const test::TempDir& dir, const std::string& script) {
  write_bytes(dir.file("write.py"),
              "import numpy as np, tifffile\n"
              "r = np.random.default_rng(3)\n"
              "def expect(a):\n"
              "    np.ascontiguousarray(a).tofile('expected.bin')\n" +
                  script);
  test::output_of("cd " + dir.path().string() + " && /usr/bin/python3 write.py");
}

cv::Mat expected(const test::TempDir& dir, const cv::Mat& like) {
  std::string bytes = bytes_of_file(dir.file("expected.bin"));
  if (bytes.size() != like.total() * like.elemSize()) return {};
  return swapped(cv::Mat(like.size(), like.type(), bytes.data()));
}

Notes notes_of(const std::string& path) {
  return Source(path, "a.tif", Limits{}).info().notes;
}

TiffOpening open_file(const std::string& path) {
  const OutputFile file(path, O_RDONLY);
  return open_tiff(file.fd(), "a.tif", Limits{});
}

std::string error_of(const std::string& path) {
  try {
    read_image(path);
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

struct Case {
  std::string script;
  int type;          // of the image
  std::string note;  // empty: none
};

void check(const Case& each) {
  const test::TempDir dir;
  CAPTURE(each.script);
  python(dir, each.script);
  const cv::Mat image = read_image(dir.file("a.tif"));
  CHECK(image.type() == each.type);
  CHECK(same(image, expected(dir, image)));
  const Notes notes = notes_of(dir.file("a.tif"));
  if (each.note.empty()) CHECK(notes == Notes{});
  if (!each.note.empty()) {
    REQUIRE(notes.size() == 1);
    CHECK_THAT(notes[0], Contains(each.note));
  }
}

}  // namespace

TEST_CASE("samples of other types become floating point numbers of the same values") {
  initialise("test");
  const std::string type =
      GENERATE("int8", "int16", "int32", "uint32", "int64", "uint64", "float16", "float64");
  const std::string order = GENERATE("<", ">");
  const std::string array = "a = (r.standard_normal((37, 53)) * 100).astype('" + type + "')\n";
  const bool rounded = type.find("32") != std::string::npos || type.find("64") != std::string::npos;
  const std::string note = rounded ? "same values, rounded to 24 significant bits" : "same values";
  check({array + "tifffile.imwrite('a.tif', a, byteorder='" + order +
             "', photometric='minisblack')\nexpect(a.astype('f4'))",
         CV_32FC1, note});
}

TEST_CASE("samples of few bits are scaled, so that white stays white") {
  initialise("test");
  const test::TempDir dir;
  const int bits = GENERATE(1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15);
  const int samples = GENERATE(1, 3);
  CAPTURE(bits, samples);
  const std::string b = std::to_string(bits);
  // Packed by numpy, and put where tifffile had 8-bit samples of the same number of bytes.
  python(dir, "import struct\nb, s = " + b + ", " + std::to_string(samples) + R"(
h, w = 21, 37
a = r.integers(0, 1 << b, (h, w, s))
bits = (a.reshape(h, w * s)[:, :, None] >> np.arange(b - 1, -1, -1)) & 1
data = np.packbits(bits.reshape(h, -1).astype('u1'), axis=1).tobytes()
tags = [(256, w), (257, h), (258, b), (259, 1), (262, 2 if s == 3 else 1), (273, 0), (277, s), (278, h),
        (279, len(data))]
at = 8 + 2 + 12 * len(tags) + 4
out = b'II*\0' + struct.pack('<IH', 8, len(tags))
for tag, value in tags:
    if tag == 258 and s == 3:
        out += struct.pack('<HHII', tag, 3, s, at)
    else:
        out += struct.pack('<HHII', tag, 4 if tag in (273, 279) else 3, 1, at + 6 if tag == 273 else value)
out += struct.pack('<I', 0) + struct.pack('<HHH', b, b, b) + data
open('a.tif', 'wb').write(out)
white = 255 if b <= 8 else 65535
expect(np.floor(a * (white / ((1 << b) - 1)) + 0.5).astype('u1' if b <= 8 else '<u2')))");
  const cv::Mat image = read_image(dir.file("a.tif"));
  CHECK(image.type() == CV_MAKETYPE(bits < 8 ? CV_8U : CV_16U, samples));
  CHECK(same(image, expected(dir, image)));
  const bool exact = bits == 1 || bits == 2 || bits == 4;
  CHECK(notes_of(dir.file("a.tif")) ==
        (exact ? Notes{} : Notes{b + "-bit samples scaled to " + (bits < 8 ? "8" : "16") + " bit"}));
  CHECK(open_file(dir.file("a.tif")).opening.storage.bits == (exact && samples == 1 ? bits : 0));
}

TEST_CASE("what is light where zero is white becomes what is light") {
  initialise("test");
  check(
      {"a = r.integers(0, 256, (30, 41), 'u1')\n"
       "tifffile.imwrite('a.tif', a, photometric='miniswhite')\nexpect(255 - a)",
       CV_8UC1, ""});
  check(
      {"a = r.integers(0, 65536, (30, 41), 'u2')\n"
       "tifffile.imwrite('a.tif', a, photometric='miniswhite')\nexpect(65535 - a)",
       CV_16UC1, ""});
  check(
      {"a = r.random((30, 41), 'f4')\n"
       "tifffile.imwrite('a.tif', a, photometric='miniswhite')\nexpect(np.float32(1) - a)",
       CV_32FC1, "floating point numbers v became 1 - v: in the file, the least is white"});
  check(
      {"a = r.integers(-32768, 32768, (30, 41), 'i2')\n"
       "tifffile.imwrite('a.tif', a, photometric='miniswhite')\nexpect((~a).astype('f4'))",
       CV_32FC1, "16-bit signed integers became 32-bit floating point numbers, v as -1 - v"});
  const test::TempDir dir;
  test::output_of(
      "cd " + dir.path().string() +
      " && convert -size 60x40 gradient: -monochrome a.png && convert a.png -define "
      "quantum:polarity=min-is-white -compress Group4 a.tif && convert a.tif -depth 8 gray:expected.bin");
  const cv::Mat image = read_image(dir.file("a.tif"));
  CHECK(same(image, expected(dir, image)));
  const Storage storage = open_file(dir.file("a.tif")).opening.storage;
  CHECK(storage.compression == "ccitt");
  CHECK(storage.min_is_white);
  CHECK(storage.bits == 1);
}

TEST_CASE("planes, in strips and tiles, of all our depths") {
  initialise("test");
  const std::string type = GENERATE("u1", "u2", "f4");
  const int channels = GENERATE(3, 4);
  const std::string pieces = GENERATE("", "tile=(16, 32)", "rowsperstrip=7", "tile=(128, 128)");
  const std::string order = GENERATE("<", ">");
  const std::string c = std::to_string(channels);
  const std::string extra = channels == 4 ? ", extrasamples=['unassalpha']" : "";
  check({"a = (r.random((" + c + ", 61, 83)) * 250).astype('" + type +
             "')\ntifffile.imwrite('a.tif', a, photometric='rgb', planarconfig='separate', byteorder='" +
             order + "'" + extra + (pieces.empty() ? "" : ", " + pieces) + ")\nexpect(np.moveaxis(a, 0, 2))",
         CV_MAKETYPE(type == "u1"   ? CV_8U
                     : type == "u2" ? CV_16U
                                    : CV_32F,
                     channels),
         ""});
}

TEST_CASE("GDAL's planes in tiles are read") {
  initialise("test");
  const test::TempDir dir;
  const std::string options = GENERATE("", " -co COMPRESS=DEFLATE -co PREDICTOR=2", " -co COMPRESS=LERC",
                                       " -co COMPRESS=ZSTD -co BIGTIFF=YES", " -co COMPRESS=LZW");
  const std::string cut = GENERATE("", " -co TILED=YES -co BLOCKXSIZE=64 -co BLOCKYSIZE=32");
  const std::string interleave = GENERATE("BAND", "PIXEL");
  CAPTURE(options, cut, interleave);
  python(dir,
         "a = r.integers(0, 256, (151, 203, 3), 'u1')\n"
         "tifffile.imwrite('plain.tif', a)\nexpect(a)");
  test::output_of("cd " + dir.path().string() + " && gdal_translate -co INTERLEAVE=" + interleave + options +
                  cut + " plain.tif a.tif");
  const cv::Mat image = read_image(dir.file("a.tif"));
  CHECK(same(image, expected(dir, image)));
  const Storage storage = open_file(dir.file("a.tif")).opening.storage;
  CHECK(storage.planes == (interleave == "BAND"));
  CHECK(storage.tile == (cut.empty() ? cv::Size() : cv::Size(64, 32)));
  CHECK(storage.predictor == (options.find("PREDICTOR") != std::string::npos));
  CHECK(storage.bigtiff == (options.find("BIGTIFF") != std::string::npos));
}

TEST_CASE("pieces that GDAL left out, since they hold nothing, are what GDAL reads there") {
  initialise("test");
  const test::TempDir dir;
  const auto [array, nodata] = GENERATE(table<std::string, std::string>({
      {"(r.random((150, 200, 3)) * 200 + 20).astype('u1')", ""},
      {"(r.random((150, 200)) * 200 + 20).astype('u1')", "7"},
      {"(r.random((150, 200)) * 200 + 20).astype('u1')", "-9999"},
      {"(r.random((150, 200, 4)) * 200 + 20).astype('u2')", "300"},
      {"(r.random((150, 200)) * 200 + 20).astype('f4')", "nan"},
      {"(r.random((150, 200)) * 200 + 20).astype('f4')", "-1.5"},
  }));
  const std::string cut = GENERATE("TILED=YES -co BLOCKXSIZE=64 -co BLOCKYSIZE=32", "BLOCKYSIZE=20");
  const std::string more = GENERATE("INTERLEAVE=PIXEL", "INTERLEAVE=BAND -co COMPRESS=DEFLATE");
  CAPTURE(array, nodata, cut, more);
  python(dir, "a = " + array +
                  "\na[30:90] = " + (nodata.empty() || nodata == "-9999" ? "0" : "float('" + nodata + "')") +
                  "\ntifffile.imwrite('plain.tif', a, photometric='rgb' if a.ndim == 3 else 'minisblack', "
                  "metadata=None, **({'extrasamples': ['unassalpha']} if a.shape[2:] == (4,) else {}))");
  test::output_of("cd " + dir.path().string() + " && gdal_translate -q -co SPARSE_OK=TRUE -co " + cut +
                  " -co " + more + (nodata.empty() ? "" : " -a_nodata " + nodata) +
                  " plain.tif a.tif && gdal_translate -q -of ENVI -co INTERLEAVE=BIP a.tif expected.bin");
  const std::string counts = cut.starts_with("TILED") ? "325" : "279";
  REQUIRE_THAT(test::output_of("/usr/bin/python3 -c \"import tifffile\nprint(min(tifffile.TiffFile('" +
                               dir.file("a.tif") + "').pages[0].tags[" + counts + "].value))\""),
               Contains("0\n"));
  const cv::Mat image = read_image(dir.file("a.tif"), 9);
  CHECK(same(image, expected(dir, image)));
}

TEST_CASE("files of which nothing was written hold GDAL's value for nothing") {
  initialise("test");
  const test::TempDir dir;
  const std::string options =
      GENERATE("-ot Byte", "-ot Byte -a_nodata 7 -co NBITS=4", "-ot Int16 -a_nodata -5",
               "-ot Byte -a_nodata 300", "-ot Byte -co TILED=YES -co COMPRESS=LZW",
               "-ot Byte -outsize 4000 3000 -co BLOCKYSIZE=3000 -a_nodata 9");
  CAPTURE(options);
  test::output_of("cd " + dir.path().string() +
                  " && gdal_create -outsize 90 70 -bands 1 -co SPARSE_OK=TRUE " + options + " a.tif");
  const bool is_4_bit = options.find("NBITS") != std::string::npos;
  const double value = is_4_bit                                            ? 7 * 17
                       : options.find("-a_nodata -5") != std::string::npos ? -5
                       : options.find("-a_nodata 9") != std::string::npos  ? 9
                                                                           : 0;
  const cv::Mat image = read_image(dir.file("a.tif"));
  CHECK(cv::countNonZero(image != value) == 0);
}

TEST_CASE("a piece with a place but no bytes, or bytes without a place, is damaged") {
  initialise("test");
  const test::TempDir dir;
  const std::string tag = GENERATE("324", "325");
  python(dir,
         "tifffile.imwrite('a.tif', np.ones((64, 64), 'u1'), tile=(32, 32))\n"
         "with tifffile.TiffFile('a.tif', mode='r+') as t:\n    t.pages[0].tags[" +
             tag + "].overwrite([0, 0, 0, 0])");
  CHECK_THAT(error_of(dir.file("a.tif")), Contains("damaged or cut short"));
}

TEST_CASE("YCbCr becomes RGB, however it is stored") {
  initialise("test");
  const test::TempDir dir;
  const std::string options =
      GENERATE("-compress none", "-compress lzw", "-compress zip", "-compress jpeg -quality 98",
               "-compress none -sampling-factor 2x2", "-compress none -define tiff:rows-per-strip=8",
               "-compress lzw -define tiff:tile-geometry=32x32");
  CAPTURE(options);
  test::output_of("cd " + dir.path().string() +
                  " && convert -size 90x70 plasma:red-blue -blur 0x3 -depth 8 a.png && convert a.png "
                  "-colorspace YCbCr " +
                  options + " a.tif");
  REQUIRE(test::output_of("identify -format %[tiff:photometric] " + dir.file("a.tif")).find("YCBCR") !=
          std::string::npos);
  const cv::Mat image = read_image(dir.file("a.tif"), 9);
  const cv::Mat like = read_image(dir.file("a.png"));
  REQUIRE(image.type() == like.type());
  CHECK(cv::norm(image, like, cv::NORM_L1) / static_cast<double>(like.total() * 3) < 2.5);
}

TEST_CASE("palettes become colours, or gray if they are") {
  initialise("test");
  const std::string map = GENERATE("m * 257", "m * 256", "m");
  check(
      {"a = r.integers(0, 256, (30, 41), 'u1')\nm = r.integers(0, 256, (3, 256)).astype('u2')\n"
       "tifffile.imwrite('a.tif', a, photometric='palette', colormap=(" +
           map +
           ").astype('u2'))\n"
           "expect(np.moveaxis(m[:, a], 0, 2).astype('u1'))",
       CV_8UC3, ""});
  check(
      {"a = r.integers(0, 256, (30, 41), 'u1')\nm = np.tile(r.integers(0, 256, 256), (3, 1)).astype('u2')\n"
       "tifffile.imwrite('a.tif', a, photometric='palette', colormap=(" +
           map +
           ").astype('u2'))\n"
           "expect(m[0][a].astype('u1'))",
       CV_8UC1, ""});
}

TEST_CASE("a fourth channel is alpha, unless the file says that it is something else") {
  initialise("test");
  const std::string write = "tifffile.imwrite('a.tif', a, photometric='rgb', extrasamples=[";
  check({"a = r.integers(0, 256, (30, 41, 4), 'u1')\n" + write + "'unassalpha'])\nexpect(a)", CV_8UC4, ""});
  check({"a = r.integers(0, 256, (30, 41, 4), 'u1')\n" + write + "'unspecified'])\nexpect(a[..., :3])",
         CV_8UC3, "was left out"});
  check({"a = r.integers(0, 65536, (30, 41, 4), 'u2')\na[..., 3][a[..., 3] < 9] = 0\n" + write +
             "'assocalpha'])\n" +
             "f, x = a[..., :3].astype('f8'), a[..., 3:].astype('f8')\n"
             "f = np.where(x > 0, np.minimum(65535, np.floor(f * 65535 / np.maximum(x, 1) + 0.5)), f)\n"
             "expect(np.dstack([f, x]).astype('u2'))",
         CV_16UC4, "divided by it"});
}

TEST_CASE("strips and tiles of every order of bits and bytes are read as the same picture") {
  initialise("test");
  const std::string more =
      GENERATE("byteorder='>'", "bigtiff=True", "byteorder='>', bigtiff=True, tile=(32, 16)",
               "compression='zlib', predictor=True, rowsperstrip=5");
  const std::string type = GENERATE("u2", "f4");
  if (type == "f4" && more.find("predictor") != std::string::npos) return;  // tifffile needs another package
  check({"a = (r.random((70, 90, 3)) * 999).astype('" + type +
             "')\ntifffile.imwrite('a.tif', a, photometric='rgb', " + more + ")\nexpect(a)",
         type == "u2" ? CV_16UC3 : CV_32FC3, ""});
}

TEST_CASE("strips too large to be held are streamed") {
  initialise("test");
  const std::string planes = GENERATE("contig", "separate");
  check(
      {"a = np.zeros((3, 3000, 3100), 'u1')\na[:] = (np.arange(3000)[:, None] * 7 + np.arange(3100)) % 251\n"
       "a[1] += 3\nb = np.ascontiguousarray(np.moveaxis(a, 0, 2))\n"
       "tifffile.imwrite('a.tif', a if '" +
           planes + "' == 'separate' else b, photometric='rgb', planarconfig='" + planes +
           "', rowsperstrip=3000, compression='zlib')\nexpect(b)",
       CV_8UC3, ""});
}

TEST_CASE("behind a thumbnail, the picture is found, or refused by its name") {
  initialise("test");
  const std::string write =
      "big = r.integers(0, 256, (60, 80, 3), 'u1')\nsmall = big[::4, ::4].copy()\n"
      "with tifffile.TiffWriter('a.tif') as t:\n";
  // In a part of the first page, with a preview and a mask beside it.
  check({write + "    t.write(small, photometric='rgb', subfiletype=1, subifds=2)\n"
                 "    t.write(big[::2, ::2].copy(), photometric='rgb', subfiletype=1)\n"
                 "    t.write(big, photometric='rgb', subfiletype=0)\nexpect(big)",
         CV_8UC3, ""});
  // In a later page.
  check({write + "    t.write(small, photometric='rgb', subfiletype=1)\n"
                 "    t.write(big, photometric='rgb', subfiletype=0)\n"
                 "    t.write(np.ones((200, 200), bool), photometric=4, subfiletype=4)\nexpect(big)",
         CV_8UC3, "transparency mask was left out"});
  // One page, followed by its thumbnail.
  check({write + "    t.write(big, photometric='rgb')\n"
                 "    t.write(small, photometric='rgb', subfiletype=1)\nexpect(big)",
         CV_8UC3, ""});
  // Pages of a document: the first, whatever their sizes.
  check({write + "    t.write(small, photometric='rgb')\n    t.write(big, photometric='rgb')\nexpect(small)",
         CV_8UC3, "multi-page TIFF: only the first page of 2 is used"});
  // By the tag of old files.
  check({write + "    t.write(small, photometric='rgb', metadata=None, extratags=[(255, 3, 1, 2, True)])\n"
                 "    t.write(big, photometric='rgb', metadata=None, extratags=[(255, 3, 1, 1, True)])\n"
                 "expect(big)",
         CV_8UC3, ""});
  check({write + "    t.write(small, photometric='rgb', metadata=None, extratags=[(255, 3, 1, 3, True)])\n"
                 "    t.write(big, photometric='rgb', metadata=None, extratags=[(255, 3, 1, 3, True)])\n"
                 "expect(small)",
         CV_8UC3, "multi-page TIFF: only the first page of 2 is used"});
  // Nothing but a reduced picture.
  check({write + "    t.write(small, photometric='rgb', subfiletype=1)\nexpect(small)", CV_8UC3,
         "a reduced copy of another"});
  const test::TempDir dir;
  python(dir, write +
                  "    t.write(small, photometric='rgb', subfiletype=1, subifds=1)\n"
                  "    t.write(big[..., 0].copy(), photometric=32803, subfiletype=0)\n");
  CHECK_THAT(error_of(dir.file("a.tif")), Contains("raw data (CFA)") && Contains("raw converter"));
}

TEST_CASE("a mask that says which pixels count is left out with a note, before and behind the picture") {
  initialise("test");
  const std::string picture = "    t.write(a, photometric='rgb')\n",
                    mask = "    t.write(np.ones((60, 80), bool), photometric=4, subfiletype=4)\n";
  for (const std::string& pages : {picture + mask, mask + picture}) {
    check({"a = r.integers(0, 256, (60, 80, 3), 'u1')\nwith tifffile.TiffWriter('a.tif') as t:\n" + pages +
               "expect(a)",
           CV_8UC3, "transparency mask was left out"});
  }
  const test::TempDir dir;
  python(dir, "tifffile.imwrite('plain.tif', r.integers(0, 256, (60, 80, 3), 'u1'), photometric='rgb')");
  test::output_of("cd " + dir.path().string() +
                  " && gdal_translate -q -b 1 -b 2 -b 3 -mask 1 --config GDAL_TIFF_INTERNAL_MASK YES "
                  "plain.tif a.tif && gdaladdo -q a.tif 2");
  CHECK(notes_of(dir.file("a.tif")) ==
        Notes{"the file's transparency mask was left out: all pixels are used"});
}

TEST_CASE("TIFF files that nobody converts are refused by their names, with what to do") {
  initialise("test");
  const test::TempDir dir;
  const auto [script, words, advice] = GENERATE(table<std::string, std::string, std::string>({
      {"np.zeros((9, 9), 'c8'), photometric='minisblack'", "64-bit complex numbers", "convert it to"},
      {"np.zeros((9, 9, 3), 'u1'), photometric=9", "ICC L*a*b*", "save it as RGB or gray"},
      {"np.zeros((9, 9, 3), 'u1'), photometric=10", "ITU L*a*b*", "save it as RGB or gray"},
      {"np.zeros((9, 9, 3), 'u2'), photometric=34892", "LinearRaw", "raw converter"},
      {"np.zeros((9, 9), 'u1'), photometric=32844", "LogL", "save it as RGB or gray"},
      {"np.zeros((9, 9), 'u1'), photometric=4", "transparency mask", "save it as RGB or gray"},
      {"np.zeros((9, 9), 'u1'), photometric=51177", "depth map", "save it as RGB or gray"},
      {"np.zeros((9, 9, 6), 'u1'), photometric='minisblack', planarconfig='contig'", "6 channels", "1 to 4"},
      {"np.zeros((9, 9, 5), 'u1'), photometric='separated', extratags=[(332, 3, 1, 2, True)]", "5 inks",
       "save it"},
  }));
  CAPTURE(script);
  python(dir, "tifffile.imwrite('a.tif', " + script + ")");
  CHECK_THAT(error_of(dir.file("a.tif")), Contains(words) && Contains(advice));
}

TEST_CASE("channels of different numbers of bits are refused in these words, wherever the picture is") {
  initialise("test");
  const test::TempDir dir;
  const auto [before, subfiles] = GENERATE(table<std::string, std::string>({
      {"", "0"},
      {"    t.write(a[::2, ::2].copy(), photometric='rgb', subfiletype=1)\n", "0"},
      {"    t.write(a[::2, ::2].copy(), photometric='rgb', subfiletype=1, subifds=1)\n", "1"},
  }));
  CAPTURE(before);
  python(dir, "a = np.zeros((60, 80, 3), 'u1')\nwith tifffile.TiffWriter('a.tif') as t:\n" + before +
                  "    t.write(a, photometric='rgb', metadata=None)\n"
                  "with tifffile.TiffFile('a.tif', mode='r+') as t:\n"
                  "    page = t.pages[0].pages[0] if " +
                  subfiles +
                  " else t.pages[-1]\n"
                  "    page.tags[258].overwrite((5, 6, 5))\n");
  CHECK_THAT(error_of(dir.file("a.tif")), Contains("channels have different numbers of bits (5, 6, 5)") &&
                                              Contains("8 or 16 bits") && !Contains("damaged"));
}

TEST_CASE("compressions that aren't known are refused by name and number") {
  initialise("test");
  const test::TempDir dir;
  python(dir, "tifffile.imwrite('a.tif', np.zeros((9, 9), 'u1'))");
  const auto [number, words] = GENERATE(table<int, std::string>({{33005, "JPEG 2000 (number 33005)"},
                                                                 {50002, "JPEG XL (number 50002)"},
                                                                 {4242, "compression is number 4242"}}));
  std::string bytes = bytes_of_file(dir.file("a.tif"));
  const std::size_t at = bytes.find(std::string("\x03\x01\x03\0\x01\0\0\0", 8));
  REQUIRE(at != std::string::npos);
  bytes[at + 8] = static_cast<char>(number);
  bytes[at + 9] = static_cast<char>(number >> 8);
  write_bytes(dir.file("a.tif"), bytes);
  CHECK_THAT(error_of(dir.file("a.tif")), Contains(words) && Contains("LZW or Deflate"));
}

TEST_CASE("Canon's raw files, which begin with a preview, are refused by their name") {
  initialise("test");
  const test::TempDir dir;
  write_bytes(dir.file("a.tif"), std::string("II*\0\x10\0\0\0CR\2\0\0\0\0\0\0\0\0\0\0\0", 22));
  CHECK_THAT(error_of(dir.file("a.tif")), Contains("CR2") && Contains("raw converter"));
}

TEST_CASE("a tile of absurd size is refused before memory is taken for it") {
  initialise("test");
  const test::TempDir dir;
  python(dir, "tifffile.imwrite('a.tif', np.zeros((64, 64, 3), 'u1'), photometric='rgb', tile=(64, 64))");
  const std::string whole = bytes_of_file(dir.file("a.tif"));
  for (const int tag : {322, 323}) {
    for (const int type : {3, 4}) {
      std::string bytes = whole;
      std::string entry{
          static_cast<char>(tag), static_cast<char>(tag >> 8), static_cast<char>(type), 0, 1, 0, 0, 0};
      const std::size_t at = bytes.find(entry);
      if (at == std::string::npos) continue;
      bytes.replace(at, 12, entry.replace(2, 1, 1, 4) + "\xf0\xff\xff\x7f");
      write_bytes(dir.file("a.tif"), bytes);
      CHECK(error_of(dir.file("a.tif")) != "no error");
    }
  }
}

TEST_CASE("CMYK behind a thumbnail is the one that is converted") {
  initialise("test");
  const test::TempDir dir;
  python(dir,
         "with tifffile.TiffWriter('a.tif') as t:\n"
         "    t.write(np.zeros((8, 9, 3), 'u1'), photometric='rgb', subfiletype=1, subifds=1)\n"
         "    t.write(np.full((50, 60, 4), 30, 'u1'), photometric='separated', subfiletype=0)\n");
  const Source source(dir.file("a.tif"), "a.tif", Limits{});
  CHECK(source.info().size == cv::Size(60, 50));
  CHECK(source.info().format == PixelFormat{Depth::u8, 3});
  REQUIRE(source.info().notes.size() == 1);
  CHECK_THAT(source.info().notes[0], Contains("CMYK converted"));
}

}  // namespace tilework::imageio
