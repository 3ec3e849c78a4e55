// Results are stored as the files that they were made from: other people's programs write the one and read
// the other.
#include <catch2/catch.hpp>

#include "tests/support/temp_dir.h"
#include "tests/support/tool.h"
#include "tests/unit/imageio/files.h"

namespace tilework::imageio {
namespace {

std::string stored(const std::string& path) {
  return test::output_of(
      "exiftool -s -IFD0:Compression -IFD0:BitsPerSample -IFD0:PhotometricInterpretation -IFD0:TileWidth "
      "-IFD0:TileLength -IFD0:ExtraSamples -IFD0:SamplesPerPixel " +
      path);
}

// Pixels as ImageMagick reads them; its warnings of tags that it doesn't know aside.
std::string pixels(const std::string& path) {
  return test::output_of("convert '" + path + "[0]' -depth 16 rgba:- 2>/dev/null | md5sum");
}

}  // namespace

TEST_CASE("TIFF of few bits and of palettes is stored as it was, at odd widths too") {
  initialise("test");
  const test::TempDir dir;
  const int width = GENERATE(1, 83);
  const std::string kind =
      GENERATE("-colorspace gray -depth 4 -define quantum:polarity=min-is-black",
               "-colorspace gray -depth 4 -define quantum:polarity=min-is-white", "-colorspace gray -depth 2",
               "-monochrome", "-colors 13 -type palette", "-colors 3 -type palette");
  const std::string how = GENERATE("-compress lzw", "-compress zip -define tiff:tile-geometry=32x16");
  CAPTURE(width, kind, how);
  const std::string from = dir.file("from.tif"), to = dir.file("to.tif");
  // By way of PNG, so that palettes have colours of 8 bits.
  test::output_of("convert -size " + std::to_string(width) + "x61 plasma:red-blue -seed 1 " + kind +
                  " -depth 8 " + dir.file("a.png") + " && convert " + dir.file("a.png") + " " + kind + " " +
                  how + " " + from);
  copy_image(from, to);
  CHECK(pixels(to) == pixels(from));
  CHECK(stored(to) == stored(from));
}

TEST_CASE(
    "a channel that isn't alpha, as its file says, is left out with a note, and the others stay as they "
    "are") {
  initialise("test");
  const test::TempDir dir;
  struct Case {
    std::string shape, options;
    int channels;
  };
  const auto [shape, options, channels] = GENERATE(
      Case{"(30, 41, 4)", "photometric='rgb', extrasamples=['unspecified']", 3},
      Case{"(30, 41, 2)", "photometric='minisblack', planarconfig='contig', extrasamples=['unspecified']", 1},
      Case{"(4, 30, 41)", "photometric='rgb', planarconfig='separate', extrasamples=['unspecified']", 3});
  const std::string depth = GENERATE("u1", "u2", "f4");
  CAPTURE(shape, options, depth);
  const std::string path = dir.file("from.tif"), to = dir.file("to.tif");
  const std::string program = "import numpy as n, tifffile as T\na = (n.random.default_rng(1).random(" +
                              shape + ") * " + (depth == "f4" ? "1" : "250") + ").astype('" + depth + "')\n";
  test::output_of("/usr/bin/python3 -c \"" + program + "T.imwrite('" + path + "', a, metadata=None, " +
                  options + ")\"");
  const auto notes = copy_image(path, to);
  REQUIRE_FALSE(notes.empty());
  CHECK(notes[0] == "the last channel, which isn't alpha as the file says, was left out");
  const std::string kept = shape.starts_with("(4") ? "n.moveaxis(a, 0, 2)[..., :3]"
                           : channels == 3         ? "a[..., :3]"
                                                   : "a[..., 0]";
  CHECK(test::output_of("/usr/bin/python3 -c \"" + program + "print((T.imread('" + to + "') == " + kept +
                        ").all())\"") == "True\n");
}

}  // namespace tilework::imageio
