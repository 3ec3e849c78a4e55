// Sinks: what they convert, how they end, and many at once.
#include <fstream>
#include <iterator>
#include <thread>

#include <catch2/catch.hpp>

#include "schema/model/error.h"
#include "tests/support/images.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/imageio/files.h"

namespace tilework::imageio {
namespace {

using Catch::Contains;
using Notes = std::vector<std::string>;

cv::Mat picture(PixelFormat format, cv::Size size = {90, 60}) {
  cv::RNG random(13);
  return test::make_image(test::Scene::noise, size, format, random);
}

TEST_CASE("pixels that a format can't carry are converted, with a note") {
  initialise("test");
  const test::TempDir dir;
  cv::Mat half(4, 4, CV_8UC4, cv::Scalar(0, 100, 255, 128));
  CHECK(write_image(dir.file("a.jpg"), half) ==
        Notes{"JPEG has no transparency: the image was laid on white"});
  const cv::Vec3b flat = read_image(dir.file("a.jpg")).at<cv::Vec3b>(1, 1);
  CHECK(std::abs(flat[0] - 127) <= 3);
  CHECK(std::abs(flat[1] - 177) <= 3);
  CHECK(flat[2] >= 252);

  const cv::Mat deep(3, 3, CV_16UC1, cv::Scalar(200 * 257));
  CHECK(write_image(dir.file("a.bmp"), deep) ==
        Notes{"this file format has no 16-bit pixels: they were stored as 8 bit"});
  CHECK(same(read_image(dir.file("a.bmp")), cv::Mat(3, 3, CV_8UC1, cv::Scalar(200))));

  const cv::Mat real = (cv::Mat_<float>(1, 4) << -0.5, 0.0, 0.5, 7.0);
  CHECK_THAT(write_image(dir.file("a.png"), real).at(0), Contains("PNG has no float pixels"));
  CHECK(same(read_image(dir.file("a.png")), (cv::Mat_<std::uint16_t>(1, 4) << 0, 0, 32768, 65535)));
  CHECK(write_image(dir.file("b.jpg"), real) ==
        Notes{"this file format has no float pixels: values from 0 to 1 were stored as 8 bit"});

  const cv::Mat gray_alpha(2, 2, CV_8UC2, cv::Scalar(40, 90));
  write_image(dir.file("b.bmp"), gray_alpha);
  CHECK(same(read_image(dir.file("b.bmp")), cv::Mat(2, 2, CV_8UC4, cv::Scalar(40, 40, 40, 90))));
  CHECK_THAT(write_image(dir.file("a.gif"), picture({Depth::u8, 3})).at(0), Contains("256 colours"));
}

TEST_CASE("a JPEG file's colour has the resolution that was asked for") {
  initialise("test");
  const test::TempDir dir;
  const cv::Mat image = picture({Depth::u8, 3});
  const auto horizontal_sampling = [&](const std::string& chroma, int quality) {
    const OutputFile file(dir.file("a"));
    Sink sink(file.fd(), image.size(), PixelFormat::of(image), Metadata(),
              OutputSettings{.format = "jpeg", .jpeg_quality = quality, .chroma = chroma});
    sink.write(image);
    sink.finish();
    std::ifstream in(dir.file("a"), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    // The frame's header: marker, length, depth, height, width, components, then each one's id and sampling.
    return bytes.at(bytes.find("\xFF\xC0") + 11) >> 4;
  };
  CHECK(horizontal_sampling("4:4:4", 50) == 1);
  CHECK(horizontal_sampling("4:2:0", 95) == 2);
  CHECK(horizontal_sampling("auto", 95) == 1);
  CHECK(horizontal_sampling("auto", 80) == 2);
}

TEST_CASE("a sink that is given up ends at once, wherever it was") {
  initialise("test");
  const test::TempDir dir;
  const std::string format = GENERATE("jpeg", "png", "tiff", "webp", "bmp", "gif");
  const int rows = GENERATE(0, 1, 30, 60);
  const cv::Mat image = picture({Depth::u8, 3});
  const OutputFile file(dir.file("a"));
  Sink sink(file.fd(), image.size(), PixelFormat::of(image), Metadata(), OutputSettings{.format = format});
  sink.write(image.rowRange(0, rows));
  SUCCEED();
}

TEST_CASE("a file that can't be written is an error with the system's reason") {
  initialise("test");
  const test::TempDir dir;
  // Not GIF: libvips 8.14 then loses 32 KB, for which the leak sanitizer would fail the test.
  const std::string format = GENERATE("jpeg", "png", "tiff", "webp", "bmp");
  CAPTURE(format);
  write_bytes(dir.file("a"), "");
  const OutputFile file(dir.file("a"), O_RDONLY);
  const cv::Mat image(100, 1000, CV_8UC3, cv::Scalar(10, 20, 30));
  const auto write = [&] {
    Sink sink(file.fd(), {1000, 10'000}, PixelFormat::of(image), Metadata(),
              OutputSettings{.format = format});
    for (int i = 0; i < 100; ++i) sink.write(image);
    sink.finish();
  };
  CHECK_THROWS_WITH(write(), Contains("can't be written: Bad file descriptor"));
}

TEST_CASE("settings and sizes that a format doesn't know are the user's mistake") {
  initialise("test");
  const test::TempDir dir;
  const OutputFile file(dir.file("a"));
  const auto sink = [&](cv::Size size, OutputSettings settings) {
    Sink(file.fd(), size, PixelFormat{}, Metadata(), settings);
  };
  CHECK_THROWS_AS(sink({9, 9}, {.format = "jpeg", .jpeg_quality = 0}), UserError);
  CHECK_THROWS_AS(sink({9, 9}, {.format = "jpeg", .jpeg_quality = 101}), UserError);
  CHECK_THROWS_WITH(sink({9, 9}, {.format = "jpeg", .chroma = "4:1:1"}), Contains("auto, 4:4:4 or 4:2:0"));
  CHECK_THROWS_WITH(sink({9, 9}, {.format = "jp2"}), Contains("\"jp2\" is not a file format"));
  CHECK_THROWS_WITH(sink({9, 9}, {.format = "tiff", .compression = "zip"}), Contains("lzw"));
  CHECK_THROWS_WITH(sink({9, 9}, {.format = "jpeg", .lossless = true}), Contains("choose png"));
  CHECK_THROWS_WITH(sink({65501, 9}, {.format = "jpeg"}),
                    Contains("at most 65500") && Contains("choose png or tiff"));
  CHECK_THROWS_WITH(sink({9, 16384}, {.format = "webp"}), Contains("at most 16383"));
  CHECK_THROWS_WITH(sink({60'000, 60'000}, {.format = "bmp"}), Contains("4 GiB"));
  CHECK_THROWS_WITH(sink({20'000, 10'000}, {.format = "gif"}),
                    Contains("at most 180000000 pixels") && Contains("choose png or tiff"));
  CHECK(format_of_extension("/a.b/PHOTO.JPG") == "jpeg");
  CHECK_THROWS_WITH(format_of_extension("out.xcf"),
                    Contains(".xcf is not a supported format") && Contains(".tif"));
  CHECK_THROWS_WITH(format_of_extension("out"), Contains("no ending"));
}

TEST_CASE("a sink writes from the beginning, whatever the descriptor's position") {
  initialise("test");
  const test::TempDir dir;
  const std::string format = GENERATE("jpeg", "png", "tiff", "webp", "bmp", "gif");
  const cv::Mat image = picture({Depth::u8, 3});
  const OutputFile file(dir.file("a"));
  REQUIRE(lseek(file.fd(), 1000, SEEK_SET) == 1000);
  Sink sink(file.fd(), image.size(), PixelFormat::of(image), Metadata(), OutputSettings{.format = format});
  sink.write(image);
  sink.finish();
  CHECK(lseek(file.fd(), 0, SEEK_CUR) == 1000);
  CHECK(read_image(dir.file("a")).size() == image.size());
}

TEST_CASE("sources and sinks work side by side on several threads") {
  initialise("test");
  const test::TempDir dir;
  const cv::Mat image = picture({Depth::u8, 3}, {400, 300});
  for (const std::string format : {"jpg", "png", "tif", "bmp"}) write_image(dir.file("in." + format), image);
  std::vector<std::thread> threads;
  std::vector<int> right(8);
  for (std::size_t i = 0; i < right.size(); ++i) {
    threads.emplace_back([&, i] {
      const std::string format = i % 4 == 0 ? "jpg" : i % 4 == 1 ? "png" : i % 4 == 2 ? "tif" : "bmp";
      const cv::Mat read = read_image(dir.file("in." + format), 16);
      const std::string out = dir.file("out" + std::to_string(i) + ".png");
      write_image(out, read, {}, 16);
      right[i] = same(read_image(out, 16), read) ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(right == std::vector<int>(8, 1));
}

}  // namespace
}  // namespace tilework::imageio
