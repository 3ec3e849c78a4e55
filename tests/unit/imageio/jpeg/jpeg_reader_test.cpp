// JPEG files that libjpeg decodes for us, against libvips.
#include "server/imageio/jpeg/jpeg_reader.h"

#include <catch2/catch.hpp>

#include "schema/model/error.h"
#include "server/imageio/vips/vips_reader.h"
#include "tests/support/images.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/imageio/files.h"

namespace tilework::imageio {
namespace {

cv::Mat picture(cv::Size size, int channels = 3) {
  cv::RNG random(5);
  return test::make_image(test::Scene::photo, size, {Depth::u8, channels}, random);
}

std::unique_ptr<JpegReader> open_reader(const std::string& path, int channels = 3) {
  const OutputFile file(path, O_RDONLY);
  return JpegReader::open(file.fd(), "a.jpg", channels);
}

cv::Mat read_rows(JpegReader& reader, cv::Size size, int channels, int strip) {
  cv::Mat image(size, CV_8UC(channels));
  for (int y = 0; y < size.height; y += strip) {
    cv::Mat rows = image.rowRange(y, std::min(y + strip, size.height));
    reader.read(rows);
  }
  return image;
}

// What came of reading: pixels, or none.
template <class Read>
cv::Mat pixels_of(Read read) {
  try {
    return read();
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

TEST_CASE("libjpeg gives the pixels that libvips gives") {
  initialise("test");
  const test::TempDir dir;
  const std::string path = dir.file("a.jpg");
  for (const char* options : {"[Q=90]", "[Q=95,subsample-mode=on]", "[Q=100,subsample-mode=off]",
                              "[Q=20,restart-interval=3]", "[Q=80,optimize_coding,strip]"}) {
    for (const cv::Size size : {cv::Size(1, 1), {17, 33}, {640, 479}}) {
      for (const int channels : {1, 3}) {
        vips_save(to_vips(picture(size, channels)), path + options);
        const cv::Mat expected = from_vips(vips_load(path));
        for (const int strip : {1, 7, 64, 1000}) {
          INFO(options << ", " << size << " x " << channels << ", strips of " << strip);
          const auto reader = open_reader(path, channels);
          REQUIRE(reader != nullptr);
          CHECK(same(read_rows(*reader, size, channels, strip), expected));
        }
      }
    }
  }
}

TEST_CASE("JPEG files of several scans, and those of other channels, are left to libvips") {
  initialise("test");
  const test::TempDir dir;
  vips_save(to_vips(picture({60, 50})), dir.file("scans.jpg[interlace]"));
  CHECK(open_reader(dir.file("scans.jpg")) == nullptr);
  CHECK(same(read_image(dir.file("scans.jpg")), from_vips(vips_load(dir.file("scans.jpg")))));
  vips_save(to_vips(picture({60, 50})), dir.file("colour.jpg"));
  CHECK(open_reader(dir.file("colour.jpg"), 1) == nullptr);
  CHECK(open_reader(dir.file("colour.jpg"), 4) == nullptr);
  write_bytes(dir.file("none.jpg"), "no image");
  CHECK(open_reader(dir.file("none.jpg")) == nullptr);
}

TEST_CASE("a JPEG that is cut short or damaged ends as with libvips") {
  initialise("test");
  const test::TempDir dir;
  const std::string path = dir.file("a.jpg");
  const cv::Size size(331, 277);
  vips_save(to_vips(picture(size)), path + "[restart-interval=5]");
  const std::string whole = bytes_of_file(path);
  cv::RNG random(8);
  int read = 0, refused = 0;
  for (int i = 0; i < 200; ++i) {
    std::string bytes = whole;
    const bool is_cut = i % 4 == 0;
    if (is_cut) bytes.resize(static_cast<std::size_t>(random.uniform(100, static_cast<int>(whole.size()))));
    const int changes = is_cut ? 0 : random.uniform(1, 4);
    for (int c = 0; c < changes; ++c) {
      const auto at = static_cast<std::size_t>(random.uniform(700, static_cast<int>(bytes.size())));
      bytes[at] = static_cast<char>(random.uniform(0, 256));
    }
    write_bytes(path, bytes);
    const auto reader = open_reader(path);
    if (reader == nullptr) continue;  // libvips has it, and says what it says
    const cv::Mat ours = pixels_of([&] { return read_rows(*reader, size, 3, 16); });
    const cv::Mat theirs = pixels_of([&] {
      const OutputFile file(path, O_RDONLY);
      VipsReader other(file.fd(), "jpeg", "a.jpg");
      other.settle_format();
      cv::Mat image(other.stored_size(), CV_8UC3);
      other.read(image);
      return image;
    });
    INFO("change " << i);
    CHECK(ours.empty() == theirs.empty());
    CHECK((ours.empty() || same(ours, theirs)));
    ++(ours.empty() ? refused : read);
  }
  CHECK(read > 20);
  CHECK(refused > 20);
}

}  // namespace tilework::imageio
