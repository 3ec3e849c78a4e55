// TIFF files that libtiff decodes for us, against libvips.
#include <catch2/catch.hpp>

#include "schema/model/error.h"
#include "server/imageio/tiff/tiff_opening.h"
#include "tests/support/images.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/imageio/files.h"

namespace tilework::imageio {
namespace {

cv::Mat picture(cv::Size size, PixelFormat format) {
  cv::RNG random(6);
  return test::make_image(test::Scene::photo, size, format, random);
}

TiffOpening open_file(const std::string& path) {
  const OutputFile file(path, O_RDONLY);
  return open_tiff(file.fd(), "a.tif", Limits{});
}

cv::Mat read_rows(RowReader& reader, const cv::Mat& like, int strip) {
  cv::Mat image(like.size(), like.type());
  for (int y = 0; y < image.rows; y += strip) {
    cv::Mat rows = image.rowRange(y, std::min(y + strip, image.rows));
    reader.read(rows);
  }
  return image;
}

}  // namespace

TEST_CASE("libtiff gives the pixels that libvips gives") {
  initialise("test");
  const test::TempDir dir;
  const std::string path = dir.file("a.tif");
  for (const char* options :
       {"", "[compression=lzw,predictor=horizontal]", "[tile]",
        "[tile,tile_width=64,tile_height=16,compression=lzw,predictor=horizontal]",
        "[tile,tile_width=16,tile_height=48,compression=deflate,bigtiff]", "[tile,compression=zstd]",
        "[tile,tile_width=512,tile_height=512,compression=packbits]"}) {
    for (const PixelFormat format : {PixelFormat{Depth::u8, 3}, PixelFormat{Depth::u8, 1},
                                     PixelFormat{Depth::u16, 3}, PixelFormat{Depth::u16, 1}}) {
      for (const cv::Size size : {cv::Size(1, 1), {300, 211}, {16, 900}}) {
        const cv::Mat image = picture(size, format);
        vips_save(to_vips(image), path + options);
        REQUIRE(same(from_vips(vips_load(path)), image));
        for (const int strip : {1, 30, 1000}) {
          INFO(options << ", " << size << ", strips of " << strip);
          const auto reader = open_file(path).opening.reader;
          CHECK(same(read_rows(*reader, image, strip), image));
        }
        CHECK(same(read_image(path), image));
      }
    }
  }
}

TEST_CASE("a TIFF that is cut short or damaged is refused, or read, and does no harm") {
  initialise("test");
  const test::TempDir dir;
  const std::string path = dir.file("a.tif");
  const cv::Mat image = picture({331, 277}, {Depth::u8, 3});
  vips_save(to_vips(image), path + "[tile,tile_width=64,tile_height=64,compression=lzw]");
  const std::string whole = bytes_of_file(path);
  cv::RNG random(9);
  int refused = 0;
  for (int i = 0; i < 150; ++i) {
    std::string bytes = whole;
    if (i % 3 == 0) {
      bytes.resize(static_cast<std::size_t>(random.uniform(8, static_cast<int>(whole.size()))));
    } else {
      for (int c = random.uniform(1, 9); c > 0; --c) {
        bytes[static_cast<std::size_t>(random.uniform(8, static_cast<int>(bytes.size())))] =
            static_cast<char>(random.uniform(0, 256));
      }
    }
    write_bytes(path, bytes);
    try {
      read_image(path);
    } catch (const Error& error) {
      ++refused;
      CHECK(std::string(error.what()).find(path) != std::string::npos);
    }
  }
  CHECK(refused > 30);
  // The directory is in front, or vips wrote it behind: either way the pixels' first half is gone.
  vips_save(to_vips(image), path + "[tile,tile_width=64,tile_height=64,compression=lzw]");
  std::string bytes = bytes_of_file(path);
  for (std::size_t at = 8; at < bytes.size() / 3; ++at) bytes[at] = static_cast<char>(0xFF);
  write_bytes(path, bytes);
  CHECK_THROWS_WITH(read_image(path), Catch::Contains("a.tif"));
}

}  // namespace tilework::imageio
