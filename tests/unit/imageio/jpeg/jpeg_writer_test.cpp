// JPEG files that libjpeg encodes for us, against libvips: byte for byte from the tables on.
#include "server/imageio/jpeg/jpeg_writer.h"

#include <catch2/catch.hpp>

#include "server/imageio/jpeg/jpeg_metadata.h"
#include "tests/support/images.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/imageio/files.h"

namespace tilework::imageio {
namespace {

cv::Mat picture(cv::Size size, int channels = 3) {
  cv::RNG random(5);
  return test::make_image(test::Scene::photo, size, {Depth::u8, channels}, random);
}

// In strips of columns, as tiles come, or whole rows.
void write_ours(const std::string& path, const cv::Mat& image, const OutputSettings& settings, int strip,
                bool in_columns) {
  const OutputFile file(path);
  const PixelFormat format = PixelFormat::of(image);
  std::vector<std::string> notes;
  JpegWriter writer(file.fd(), image.size(), format, settings, false, jpeg_header({}, notes));
  for (int y = 0; y < image.rows; y += strip) {
    const cv::Mat rows = image.rowRange(y, std::min(y + strip, image.rows));
    const int middle = image.cols / 2;
    if (in_columns && middle > 0) {
      writer.write({rows.colRange(0, middle), rows.colRange(middle, image.cols)});
    } else {
      writer.write({rows});
    }
  }
  writer.finish();
}

void write_theirs(const std::string& path, const cv::Mat& image, const OutputSettings& settings) {
  const VipsOwner whole = to_vips(image);
  const std::string mode = settings.chroma == "auto" ? "auto" : settings.chroma == "4:4:4" ? "off" : "on";
  vips_save(whole, path + "[Q=" + std::to_string(settings.jpeg_quality) + ",subsample_mode=" + mode + "]");
}

std::string from_tables(const std::string& path) {
  const std::string bytes = bytes_of_file(path);
  return bytes.substr(bytes.find("\xFF\xDB"));
}

}  // namespace

TEST_CASE("libjpeg writes the pixels that libvips writes") {
  initialise("test");
  const test::TempDir dir;
  const int channels = GENERATE(1, 3);
  const auto size = GENERATE(cv::Size(1, 1), cv::Size(17, 33), cv::Size(640, 479), cv::Size(40'000, 3));
  const cv::Mat image = picture(size, channels);
  write_theirs(dir.file("theirs.jpg"), image, {.format = "jpeg"});
  for (const int strip : {1, 7, 64, 1000}) {
    for (const bool in_columns : {false, true}) {
      CAPTURE(channels, size, strip, in_columns);
      write_ours(dir.file("ours.jpg"), image, {.format = "jpeg"}, strip, in_columns);
      CHECK(from_tables(dir.file("ours.jpg")) == from_tables(dir.file("theirs.jpg")));
    }
  }
}

TEST_CASE("libjpeg's qualities and chroma are those of libvips") {
  initialise("test");
  const test::TempDir dir;
  const cv::Mat image = picture({331, 277});
  for (const int quality : {1, 40, 89, 90, 95, 100}) {
    for (const std::string chroma : {"auto", "4:4:4", "4:2:0"}) {
      CAPTURE(quality, chroma);
      const OutputSettings settings{"jpeg", quality, chroma};
      write_theirs(dir.file("theirs.jpg"), image, settings);
      write_ours(dir.file("ours.jpg"), image, settings, 100, false);
      CHECK(from_tables(dir.file("ours.jpg")) == from_tables(dir.file("theirs.jpg")));
    }
  }
}

TEST_CASE("a large JPEG goes to libjpeg, and one that can't be written says why") {
  initialise("test");
  const test::TempDir dir;
  const cv::Mat image = picture({1500, 1000});
  write_image(dir.file("ours.jpg"), image, {}, 100);
  write_theirs(dir.file("theirs.jpg"), image, {.format = "jpeg"});
  CHECK(from_tables(dir.file("ours.jpg")) == from_tables(dir.file("theirs.jpg")));
  const OutputFile file(dir.file("ours.jpg"), O_RDONLY);
  std::vector<std::string> notes;
  CHECK_THROWS_WITH(JpegWriter(file.fd(), image.size(), PixelFormat::of(image), {.format = "jpeg"}, false,
                               jpeg_header({}, notes)),
                    Catch::Contains("can't be written: Bad file descriptor"));
}

}  // namespace tilework::imageio
