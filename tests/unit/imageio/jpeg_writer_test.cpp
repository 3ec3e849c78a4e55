// JPEG files that libjpeg encodes for us, against libvips: byte for byte.
#include "server/imageio/jpeg/jpeg_writer.h"

#include <catch2/catch.hpp>

#include "server/imageio/jpeg/jpeg_header.h"
#include "server/imageio/metadata/vips_metadata.h"
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
void write_ours(const std::string& path, const cv::Mat& image, const Metadata& metadata,
                const OutputSettings& settings, int strip, bool in_columns) {
  const OutputFile file(path);
  const PixelFormat format = PixelFormat::of(image);
  bool kept = false;
  const std::string header = jpeg_header(image.size(), format, metadata, kept);
  JpegWriter writer(file.fd(), image.size(), format, settings, header);
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

void write_theirs(const std::string& path, const cv::Mat& image, const Metadata& metadata,
                  const OutputSettings& settings) {
  const VipsOwner whole = to_vips(image);
  apply_to(metadata, whole.get(), image.channels());
  const std::string mode = settings.chroma == "auto" ? "auto" : settings.chroma == "4:4:4" ? "off" : "on";
  vips_save(whole, path + "[Q=" + std::to_string(settings.jpeg_quality) + ",subsample_mode=" + mode + "]");
}

void append(std::string& to, unsigned value, int bytes) {
  while (bytes-- > 0) to.push_back(static_cast<char>(value >> 8 * bytes));
}

// EXIF of a camera: most significant byte first, the size in numbers of two bytes.
std::string camera_exif() {
  std::string block("Exif\0\0MM\0*", 10);
  append(block, 8, 4);
  append(block, 1, 2);  // one entry: where the second directory is
  append(block, 0x8769, 2), append(block, 4, 2), append(block, 1, 4), append(block, 26, 4);
  append(block, 0, 4);
  append(block, 2, 2);
  append(block, 0xA002, 2), append(block, 3, 2), append(block, 1, 4), append(block, 4000u << 16, 4);
  append(block, 0xA003, 2), append(block, 3, 2), append(block, 1, 4), append(block, 3000u << 16, 4);
  append(block, 0, 4);
  return block;
}

enum class Kind { none, made, camera, profile, all };

Metadata metadata_of(Kind kind) {
  if (kind == Kind::none) return {};
  const VipsOwner image = to_vips(picture({4, 4}));
  const bool all = kind == Kind::all;
  if (all || kind == Kind::made) {
    vips_image_set_string(image.get(), "exif-ifd0-Artist",
                          "A. Nonymous (A. Nonymous, ASCII, 12 components, 12 bytes)");
  }
  if (all || kind == Kind::camera) {
    const std::string exif = camera_exif();
    vips_image_set_blob_copy(image.get(), VIPS_META_EXIF_NAME, exif.data(), exif.size());
  }
  if (all || kind == Kind::profile) {
    std::size_t size = 0;
    VipsBlob* blob = nullptr;
    REQUIRE(vips_profile_load("srgb", &blob, nullptr) == 0);
    const void* data = vips_blob_get(blob, &size);
    vips_image_set_blob_copy(image.get(), VIPS_META_ICC_NAME, data, size);
    vips_area_unref(VIPS_AREA(blob));
  }
  if (all) {
    const std::string xmp = "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>";
    vips_image_set_blob_copy(image.get(), VIPS_META_XMP_NAME, xmp.data(), xmp.size());
    image->Xres = image->Yres = 10;
  }
  return imageio::metadata_of(image.get());
}

}  // namespace

TEST_CASE("libjpeg writes the file that libvips writes, with its metadata") {
  initialise("test");
  const test::TempDir dir;
  const auto kind = GENERATE(Kind::none, Kind::made, Kind::camera, Kind::profile, Kind::all);
  const int channels = GENERATE(1, 3);
  const Metadata metadata = metadata_of(kind);
  const auto size = GENERATE(cv::Size(1, 1), cv::Size(17, 33), cv::Size(640, 479), cv::Size(40'000, 3));
  const cv::Mat image = picture(size, channels);
  write_theirs(dir.file("theirs.jpg"), image, metadata, {.format = "jpeg"});
  for (const int strip : {1, 7, 64, 1000}) {
    for (const bool in_columns : {false, true}) {
      CAPTURE(static_cast<int>(kind), channels, size, strip, in_columns);
      write_ours(dir.file("ours.jpg"), image, metadata, {.format = "jpeg"}, strip, in_columns);
      CHECK(bytes_of_file(dir.file("ours.jpg")) == bytes_of_file(dir.file("theirs.jpg")));
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
      write_theirs(dir.file("theirs.jpg"), image, {}, settings);
      write_ours(dir.file("ours.jpg"), image, {}, settings, 100, false);
      CHECK(bytes_of_file(dir.file("ours.jpg")) == bytes_of_file(dir.file("theirs.jpg")));
    }
  }
}

TEST_CASE("a large JPEG goes to libjpeg, and one that can't be written says why") {
  initialise("test");
  const test::TempDir dir;
  const cv::Mat image = picture({1500, 1000});
  write_image(dir.file("ours.jpg"), image, {}, 100);
  write_theirs(dir.file("theirs.jpg"), image, {}, {.format = "jpeg"});
  CHECK(bytes_of_file(dir.file("ours.jpg")) == bytes_of_file(dir.file("theirs.jpg")));
  const OutputFile file(dir.file("ours.jpg"), O_RDONLY);
  bool kept = false;
  CHECK_THROWS_WITH(JpegWriter(file.fd(), image.size(), PixelFormat::of(image), {.format = "jpeg"},
                               jpeg_header(image.size(), PixelFormat::of(image), {}, kept)),
                    Catch::Contains("can't be written: Bad file descriptor"));
}

}  // namespace tilework::imageio
