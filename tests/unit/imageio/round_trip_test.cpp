// What is written through a sink comes back through a source, and both agree with libvips on the whole image.
#include <catch2/catch.hpp>

#include "tests/support/images.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/imageio/files.h"

namespace tilework::imageio {
namespace {

using test::Scene;

cv::Mat picture(cv::Size size, PixelFormat format, Scene scene = Scene::noise) {
  cv::RNG random(7);
  return test::make_image(scene, size, format, random);
}

// The file from its tables on: without what it says besides.
std::string pixels_of_jpeg(const std::string& path) {
  const std::string bytes = bytes_of_file(path);
  return bytes.substr(bytes.find("\xFF\xDB"));
}

// Uncompressed strips, which lie behind the header; what describes them lies at the end, and is ours.
std::string strips_of_tiff(const std::string& path, const cv::Mat& image) {
  return bytes_of_file(path).substr(8, image.total() * image.elemSize());
}

// The chunks of transparency and colours alone: libvips makes up an EXIF block, too.
std::string pixels_of_webp(const std::string& path) {
  const std::string bytes = bytes_of_file(path);
  const std::size_t begin = std::min({bytes.find("ALPH"), bytes.find("VP8 "), bytes.find("VP8L")});
  return bytes.substr(begin, bytes.find("EXIF") - begin);
}

// A PNG file without the chunk pHYs, of 21 bytes: libvips makes up a resolution.
std::string without_resolution(std::string bytes) {
  return bytes.erase(bytes.find("pHYs") - 4, 21);
}

const cv::Size sizes[] = {{1, 1}, {1, 37}, {37, 1}, {131, 67}, {257, 129}};

TEST_CASE("lossless formats give back every pixel they can carry") {
  initialise("test");
  const test::TempDir dir;
  const auto size = GENERATE(from_range(std::begin(sizes), std::end(sizes)));
  const int channels = GENERATE(1, 2, 3, 4);
  for (const Depth depth : {Depth::u8, Depth::u16, Depth::f32}) {
    for (const std::string format : {"tiff", "png", "bmp"}) {
      if (format == "png" && depth == Depth::f32) continue;
      if (format == "bmp" && (depth != Depth::u8 || channels == 2)) continue;
      CAPTURE(size, channels, static_cast<int>(depth), format);
      const cv::Mat image = picture(size, {depth, channels});
      const std::string path = dir.file("image." + format);
      CHECK(write_image(path, image).empty());
      const cv::Mat back = read_image(path);
      CHECK(back.type() == image.type());
      CHECK(same(back, image));
    }
  }
}

TEST_CASE("pixels are encoded as libvips encodes the whole image, byte for byte") {
  initialise("test");
  const test::TempDir dir;
  const auto size = GENERATE(from_range(std::begin(sizes), std::end(sizes)));
  const int channels = GENERATE(1, 2, 3, 4);
  const std::string format = GENERATE("jpg", "png", "tif", "webp", "gif");
  if (format == "jpg" && channels % 2 == 0) return;  // alpha is laid on white first
  for (const Depth depth : {Depth::u8, Depth::u16, Depth::f32}) {
    if (depth != Depth::u8 && format != "tif" && !(format == "png" && depth == Depth::u16)) continue;
    CAPTURE(size, channels, static_cast<int>(depth), format);
    const cv::Mat image = picture(size, {depth, channels}, Scene::photo);
    const std::string ours = dir.file("ours." + format);
    const std::string whole = dir.file("whole." + format);
    write_image(ours, image);
    const std::string options = format == "jpg" || format == "webp" ? "[Q=95]"
                                : format == "png"                   ? "[filter=sub,compression=3]"
                                                                    : "";
    vips_save(to_vips(image), whole + options);
    if (format == "jpg") {
      CHECK(pixels_of_jpeg(ours) == pixels_of_jpeg(whole));
    } else if (format == "tif") {
      CHECK(strips_of_tiff(ours, image) == strips_of_tiff(whole, image));
      CHECK(same(from_vips(vips_load(ours)), from_vips(vips_load(whole))));
    } else if (format == "webp") {
      CHECK(pixels_of_webp(ours) == pixels_of_webp(whole));
    } else if (format == "png") {
      CHECK(bytes_of_file(ours) == without_resolution(bytes_of_file(whole)));
    } else {
      CHECK(bytes_of_file(ours) == bytes_of_file(whole));
    }
  }
}

TEST_CASE("small JPEG files are encoded as libvips encodes them, at each quality and chroma") {
  initialise("test");
  const test::TempDir dir;
  const int quality = GENERATE(1, 40, 89, 90, 95, 96, 100);
  const std::string chroma = GENERATE("auto", "4:4:4", "4:2:0");
  const int channels = GENERATE(1, 3);
  const bool at_once = GENERATE(true, false);
  CAPTURE(quality, chroma, channels, at_once);
  const cv::Mat image = picture({131, 67}, {Depth::u8, channels}, Scene::photo);
  const OutputFile file(dir.file("ours.jpg"));
  Sink sink(file.fd(), image.size(), PixelFormat::of(image), {}, {"jpeg", quality, chroma});
  // In columns, as tiles come.
  const auto columns = [](const cv::Mat& rows) {
    return std::vector<cv::Mat>{rows.colRange(0, 64), rows.colRange(64, rows.cols)};
  };
  if (at_once) {
    sink.write(image);
  } else {
    sink.write(columns(image.rowRange(0, 50)));
    sink.write(columns(image.rowRange(50, 67)));
  }
  sink.finish();
  const std::string mode = chroma == "auto" ? "auto" : chroma == "4:4:4" ? "off" : "on";
  vips_save(to_vips(image),
            dir.file("whole.jpg[Q=" + std::to_string(quality) + ",subsample_mode=" + mode + "]"));
  CHECK(pixels_of_jpeg(dir.file("ours.jpg")) == pixels_of_jpeg(dir.file("whole.jpg")));
}

TEST_CASE("the height of the strips changes nothing") {
  initialise("test");
  const test::TempDir dir;
  const cv::Mat image = picture({301, 517}, {Depth::u8, 3}, Scene::photo);
  const std::string format = GENERATE("jpg", "png", "tif", "webp", "bmp");
  const std::string first = dir.file("first." + format);
  write_image(first, image, {}, 1);
  const cv::Mat decoded = read_image(first, 1);
  for (const int strip : {2, 64, 100, 517}) {
    CAPTURE(format, strip);
    const std::string path = dir.file("again." + format);
    write_image(path, image, {}, strip);
    CHECK(bytes_of_file(path) == bytes_of_file(first));
    CHECK(same(read_image(first, strip), decoded));
  }
}

TEST_CASE("decoding row by row equals libvips's decoding of the whole image") {
  initialise("test");
  const test::TempDir dir;
  const cv::Mat colour = picture({211, 173}, {Depth::u8, 3}, Scene::photo);
  const std::string file =
      GENERATE("a.jpg", "a.jpg[strip]", "a.jpg[strip,Q=40,subsample_mode=off]", "a.jpg[Q=40,interlace]",
               "a.jpg[Q=95,subsample_mode=off]", "a.png", "a.png[interlace]", "a.png[palette]", "a.tif",
               "a.tif[tile]", "a.tif[compression=jpeg]", "a.tif[compression=lzw,predictor=horizontal]",
               "a.tif[compression=deflate,tile,bigtiff]", "a.webp", "a.webp[lossless]", "a.gif");
  const int channels = GENERATE(1, 3);
  CAPTURE(file, channels);
  const cv::Mat image = channels == 3 ? colour : picture({211, 173}, {Depth::u8, 1}, Scene::photo);
  vips_save(to_vips(image), dir.file(file));
  const std::string path = dir.file(file.substr(0, file.find('[')));
  CHECK(same(read_image(path, 17), from_vips(vips_load(path))));
}

TEST_CASE("rows may be read into a part of a larger matrix") {
  initialise("test");
  const test::TempDir dir;
  const std::string format = GENERATE("png", "bmp");
  const cv::Mat image = picture({23, 11}, {Depth::u8, 3});
  write_image(dir.file("a." + format), image);
  Source source(dir.file("a." + format), "a", Limits{});
  cv::Mat larger(11, 40, CV_8UC3, cv::Scalar::all(9));
  cv::Mat part = larger(cv::Rect(5, 0, 23, 11));
  source.read(part);
  CHECK(same(part, image));
  CHECK(cv::countNonZero(larger.col(28).reshape(1) != 9) == 0);
}

}  // namespace
}  // namespace tilework::imageio
