// Which JPEG files are read without libvips, and what happens to those that turn out to be damaged.
#include "server/imageio/jpeg/plain_jpeg.h"

#include <catch2/catch.hpp>

#include "schema/model/error.h"
#include "tests/support/images.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/imageio/files.h"

namespace tilework::imageio {
namespace {

cv::Mat picture() {
  cv::RNG random(3);
  return test::make_image(test::Scene::photo, {90, 70}, {Depth::u8, 3}, random);
}

bool is_plain(const std::string& path) {
  const OutputFile file(path, O_RDONLY);
  return PlainJpeg::open(file.fd()).has_value();
}

}  // namespace

TEST_CASE("JPEG files are plain when nothing in them has to be kept") {
  initialise("test");
  const test::TempDir dir;
  const auto saved = [&](const std::string& options) {
    vips_save(to_vips(picture()), dir.file("a.jpg" + options));
    return is_plain(dir.file("a.jpg"));
  };
  CHECK(saved("[strip]"));
  CHECK(saved("[strip,optimize_coding]"));
  CHECK_FALSE(saved(""));  // libvips writes a resolution as EXIF
  CHECK_FALSE(saved("[strip,interlace]"));
  write_image(dir.file("ours.jpg"), picture());
  CHECK(is_plain(dir.file("ours.jpg")));
  std::string bytes = bytes_of_file(dir.file("ours.jpg"));
  REQUIRE(bytes.substr(6, 4) == "JFIF");
  bytes[13] = 1;  // dots an inch
  write_bytes(dir.file("dots.jpg"), bytes);
  CHECK_FALSE(is_plain(dir.file("dots.jpg")));
  for (std::size_t length = 0; length < 300; ++length) {  // the header alone, wherever it ends
    write_bytes(dir.file("short.jpg"), bytes.substr(0, length));
    CHECK_FALSE(is_plain(dir.file("short.jpg")));
  }
}

TEST_CASE("a small JPEG with oddities is read as libvips reads it") {
  initialise("test");
  const test::TempDir dir;
  write_image(dir.file("a.jpg"), picture());
  std::string bytes = bytes_of_file(dir.file("a.jpg"));
  bytes.insert(bytes.size() - 2, 40, 'x');  // before its end
  write_bytes(dir.file("odd.jpg"), bytes);
  REQUIRE(is_plain(dir.file("odd.jpg")));
  CHECK(same(read_image(dir.file("odd.jpg")), from_vips(vips_load(dir.file("odd.jpg")))));
  write_bytes(dir.file("cut.jpg"), bytes.substr(0, bytes.size() / 2));
  REQUIRE(is_plain(dir.file("cut.jpg")));
  CHECK_THROWS_WITH(read_image(dir.file("cut.jpg")), Catch::Contains("is damaged or cut short"));
}

}  // namespace tilework::imageio
