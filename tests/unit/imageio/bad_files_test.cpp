// Files that are no images, or are damaged: one clear sentence that names the file, never wrong pixels.
#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <sys/stat.h>

#include "schema/model/error.h"
#include "tests/support/child.h"
#include "tests/support/images.h"
#include "tests/support/png_chunks.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/imageio/files.h"

namespace tilework::imageio {
namespace {

using Catch::Contains;

std::string error_of(const std::string& path, const Limits& limits = {}) {
  try {
    Source source(path, "photo.jpg", limits);
    read_all(source);
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::user);
    const std::string text = error.what();
    CHECK(text.find('\n') == std::string::npos);
    CHECK_THAT(text, Contains("photo.jpg"));
    return text;
  }
  return "no error";
}

cv::Mat picture() {
  cv::RNG random(5);
  return test::make_image(test::Scene::noise, {150, 120}, {Depth::u8, 3}, random);
}

TEST_CASE("a file that isn't there, isn't a file or is empty") {
  initialise("test");
  const test::TempDir dir;
  CHECK_THAT(error_of(dir.file("none.jpg")), Contains("No such file"));
  CHECK_THAT(error_of(dir.path().string()), Contains("is not a file"));
  REQUIRE(mkfifo(dir.file("pipe").c_str(), 0600) == 0);
  CHECK_THAT(error_of(dir.file("pipe")), Contains("is not a file"));
  write_bytes(dir.file("empty.jpg"), "");
  CHECK_THAT(error_of(dir.file("empty.jpg")), Contains("is empty"));
}

TEST_CASE("a text named like an image is told by its content") {
  initialise("test");
  const test::TempDir dir;
  write_bytes(dir.file("a.jpg"), "Dear diary,\n");
  CHECK(error_of(dir.file("a.jpg")) ==
        "photo.jpg is not an image that Tilework can read (JPEG, PNG, TIFF, WebP, BMP, GIF)");
  write_bytes(dir.file("b.jpg"), "x");
  CHECK_THAT(error_of(dir.file("b.jpg")), Contains("is not an image"));
  write_bytes(dir.file("c.svg"), "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>");
  CHECK_THAT(error_of(dir.file("c.svg")), Contains("is not an image"));
}

TEST_CASE("files cut short anywhere are errors") {
  initialise("test");
  const test::TempDir dir;
  const std::string format = GENERATE("jpg", "png", "tif", "webp", "bmp", "gif");
  write_image(dir.file("whole." + format), picture());
  const std::string bytes = bytes_of_file(dir.file("whole." + format));
  for (const double part : {0.001, 0.01, 0.1, 0.3, 0.5, 0.8, 0.95}) {
    CAPTURE(format, part);
    const auto length =
        std::max<std::size_t>(2, static_cast<std::size_t>(part * static_cast<double>(bytes.size())));
    write_bytes(dir.file("cut"), bytes.substr(0, length));
    const std::string error = error_of(dir.file("cut"));
    CHECK(error != "no error");
    CHECK_THAT(error, !Contains("unable"));  // a library's words
  }
}

TEST_CASE("a file whose header has a size that no image has is told by that size") {
  initialise("test");
  const test::TempDir dir;
  const auto error_of_png = [&](std::uint32_t width, std::uint32_t height) {
    write_bytes(dir.file("a.png"), test::png_signature + test::png_header(width, height) +
                                       test::png_chunk("IDAT", "") + test::png_chunk("IEND", ""));
    return error_of(dir.file("a.png"));
  };
  CHECK(error_of_png(0, 7) ==
        "photo.jpg can't be read: its header says that it is 0 x 7 pixels, which is nonsense");
  CHECK_THAT(error_of_png(0xffffffff, 1), Contains("4294967295 x 1 pixels, which is nonsense"));
  CHECK_THAT(error_of_png(0x7fffffff, 0x7fffffff),
             Contains("photo.jpg is 2147483647 x 2147483647 pixels, and this server takes at most"));
}

TEST_CASE("a WebP file that is cut short is told so") {
  initialise("test");
  const test::TempDir dir;
  write_image(dir.file("whole.webp"), picture());
  const std::string bytes = bytes_of_file(dir.file("whole.webp"));
  write_bytes(dir.file("cut.webp"), bytes.substr(0, bytes.size() / 2));
  CHECK(error_of(dir.file("cut.webp")) == "photo.jpg can't be read: it is damaged or cut short");
}

TEST_CASE("damaged bytes never crash or hang") {
  initialise("test");
  const test::TempDir dir;
  const std::string format = GENERATE("jpg", "png", "tif", "webp", "bmp", "gif");
  write_image(dir.file("whole." + format), picture());
  const std::string bytes = bytes_of_file(dir.file("whole." + format));
  cv::RNG random(11);
  for (int round = 0; round < 40; ++round) {
    std::string damaged = bytes;
    // Often in the header, where the lies are.
    const int reach = round % 2 == 0 ? 200 : static_cast<int>(bytes.size());
    for (int i = 0; i < 5; ++i)
      damaged[static_cast<std::size_t>(random.uniform(4, reach))] = static_cast<char>(random.uniform(0, 256));
    write_bytes(dir.file("damaged"), damaged);
    const Limits limits{.pixels = 4'000'000, .side = 65535};
    CHECK_NOTHROW(error_of(dir.file("damaged"), limits));
  }
  for (const int length : {1, 20, 5000}) {
    std::string garbage = bytes.substr(0, 12);
    for (int i = 0; i < length; ++i) garbage += static_cast<char>(random.uniform(0, 256));
    write_bytes(dir.file("garbage"), garbage);
    CHECK(error_of(dir.file("garbage")) != "no error");
  }
}

TEST_CASE("images beyond the limits are refused before they are decoded") {
  initialise("test");
  const test::TempDir dir;
  const std::string format = GENERATE("jpg", "png", "tif", "webp", "bmp", "gif");
  write_image(dir.file("a." + format), picture());
  CHECK_THAT(error_of(dir.file("a." + format), {.pixels = 17'999, .side = 1000}),
             Contains("150 x 120 pixels") && Contains("at most 17999 in all"));
  CHECK_THAT(error_of(dir.file("a." + format), {.pixels = 18'000, .side = 149}),
             Contains("at most 149 on a side"));
  CHECK(error_of(dir.file("a." + format), {.pixels = 18'000, .side = 150}) == "no error");
}

TEST_CASE("files that must be decoded whole are held to a limit of memory") {
  initialise("test");
  const test::TempDir dir;
  const auto [file, bytes] = GENERATE(table<std::string, int>(
      {{"a.jpg[interlace]", 6}, {"a.png[interlace]", 3}, {"a.webp", 8}, {"a.gif", 4}}));
  CAPTURE(file);
  vips_save(to_vips(picture()), dir.file(file));
  const std::string path = dir.file(file.substr(0, file.find('[')));
  const std::int64_t held = std::int64_t{150} * 120 * bytes;
  CHECK_THAT(error_of(path, {.decoder_bytes = held - 1}), Contains("memory to decode"));
  CHECK(error_of(path, {.decoder_bytes = held}) == "no error");
}

// A file of one strip for each plane, uncompressed, that says what `rows_per_strip` says, twice if it has
// two.
std::string planar_tiff(const std::vector<std::uint32_t>& rows_per_strip) {
  std::string bytes("II*\0\x08\0\0\0", 8);
  const auto put = [&bytes](std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i));
  };
  const std::uint32_t directory_end =
      8 + 2 + 12 * (9 + static_cast<std::uint32_t>(rows_per_strip.size())) + 4;
  const std::uint32_t arrays = directory_end;  // 3 bit depths, 3 offsets, 3 lengths
  const std::uint32_t pixels = arrays + 6 + 12 + 12;
  const auto entry = [&put](std::uint32_t tag, std::uint32_t type, std::uint32_t count, std::uint32_t value) {
    put(tag, 2);
    put(type, 2);
    put(count, 4);
    put(value, 4);
  };
  put(9 + static_cast<std::uint32_t>(rows_per_strip.size()), 2);
  entry(256, 4, 1, 40);
  entry(257, 4, 1, 30);
  entry(258, 3, 3, arrays);
  entry(259, 3, 1, 1);
  entry(262, 3, 1, 2);
  entry(273, 4, 3, arrays + 6);
  entry(277, 3, 1, 3);
  for (const auto rows : rows_per_strip) entry(278, 4, 1, rows);
  entry(279, 4, 3, arrays + 18);
  entry(284, 3, 1, 2);
  put(0, 4);
  for (int i = 0; i < 3; ++i) put(8, 2);
  for (std::uint32_t i = 0; i < 3; ++i) put(pixels + 1200 * i, 4);
  for (int i = 0; i < 3; ++i) put(1200, 4);
  return bytes + std::string(3600, '\x55');
}

TEST_CASE("a TIFF of large pieces is held to that limit as well") {
  initialise("test");
  const test::TempDir dir;
  const std::string path = dir.file("a.tif");
  const std::int64_t row = 40 * 3;
  for (const auto& rows : {std::vector<std::uint32_t>{}, {30}, {0xffffffff}, {1, 30}, {30, 1}}) {
    CAPTURE(rows);
    write_bytes(path, planar_tiff(rows));
    if (rows.size() == 2 && rows[0] == 1) {  // the first counts: most of the strips aren't there
      CHECK_THAT(error_of(path), Contains("damaged"));
      continue;
    }
    CHECK_THAT(error_of(path, {.decoder_bytes = 60 * row - 1}), Contains("memory to decode"));
    if (rows.size() < 2) CHECK(error_of(path, {.decoder_bytes = 60 * row}) == "no error");
  }

  const std::string options = GENERATE("", ",bigtiff");
  vips_save(to_vips(picture()), path + "[tile,tile_width=16,tile_height=32" + options + "]");
  CHECK_THAT(error_of(path, {.decoder_bytes = 64 * 150 * 3 - 1}), Contains("memory to decode"));
  CHECK(error_of(path, {.decoder_bytes = 64 * 150 * 3}) == "no error");
}

TEST_CASE("files that are decoded as a stream pass whatever that limit is") {
  initialise("test");
  const test::TempDir dir;
  const std::string format = GENERATE("jpg", "png", "tif", "bmp");
  write_image(dir.file("a." + format), picture());
  CHECK(error_of(dir.file("a." + format), {.decoder_bytes = 0}) == "no error");
}

TEST_CASE("a header that lies about the size gives an error, not memory for it") {
  initialise("test");
  const test::TempDir dir;
  write_image(dir.file("a.png"), picture());
  std::string bytes = bytes_of_file(dir.file("a.png"));
  bytes.replace(16, 8, std::string("\x7f\xff\xff\xff\x7f\xff\xff\xff", 8));  // IHDR's width and height
  write_bytes(dir.file("lie.png"), bytes);
  CHECK(error_of(dir.file("lie.png")) != "no error");

  write_image(dir.file("a.bmp"), picture());
  bytes = bytes_of_file(dir.file("a.bmp"));
  bytes.replace(18, 8, std::string("\x00\x00\x02\x00\x00\x40\x00\x00", 8));
  write_bytes(dir.file("lie.bmp"), bytes);
  CHECK_THAT(error_of(dir.file("lie.bmp")), Contains("cut short"));
}

TEST_CASE("a text of PNG that lies about its size takes no memory, however many are before it") {
  initialise("test");
  const test::TempDir dir;
  std::string texts;
  const int before = GENERATE(0, 5000);
  for (int i = 0; i < before; ++i) texts += test::png_chunk("tEXt", std::string("Note\0x", 6));
  write_bytes(dir.file("lie.png"), test::png_signature + test::png_header(9, 9) + texts +
                                       test::big_endian(2'000'000'000) + "tEXtComment" +
                                       std::string(99, '\0'));
  const auto peak = [] {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;  // KiB
  };
  const int grown = test::status_of_child([&] {
    const auto at_first = peak();
    if (error_of(dir.file("lie.png")) == "no error") return 255;
    return static_cast<int>(std::min<long>((peak() - at_first) >> 10, 254));
  });
  REQUIRE(WIFEXITED(grown));
  CHECK(WEXITSTATUS(grown) < 100);  // MiB
}

}  // namespace
}  // namespace tilework::imageio
