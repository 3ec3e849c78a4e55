// What PNG files say besides their pixels: chunks made by hand here, and other people's programs as oracles.
#include "server/imageio/png/png_metadata.h"

#include <ctime>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <zlib.h>

#include "server/imageio/initialise.h"
#include "server/imageio/png/png_filter.h"
#include "server/imageio/png/png_metadata_chunks.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tool.h"
#include "tests/unit/imageio/files.h"

namespace tilework::imageio {
namespace {

using Catch::Contains;
using namespace std::string_literals;

std::string big_endian(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

std::string chunk(const std::string& type, const std::string& body) {
  const std::string summed = type + body;
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(summed.data()), static_cast<uInt>(summed.size()));
  return big_endian(static_cast<std::uint32_t>(body.size())) + summed +
         big_endian(static_cast<std::uint32_t>(sum));
}

std::string packed(const std::string& bytes) {
  std::string out(compressBound(bytes.size()), '\0');
  uLongf size = out.size();
  compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
           bytes.size());
  out.resize(size);
  return out;
}

// One black pixel of colour, with chunks before and after its pixels.
std::string png(const std::string& before, const std::string& after = "") {
  return "\x89PNG\r\n\x1A\n" + chunk("IHDR", big_endian(1) + big_endian(1) + "\x08\x02\0\0\0"s) + before +
         chunk("IDAT", packed(std::string(4, '\0'))) + after + chunk("IEND", "");
}

class Files {
 public:
  FileMetadata read(const std::string& bytes) const {
    write_bytes(path(), bytes);
    const OutputFile file(path(), O_RDONLY);
    return read_png_metadata(file.fd());
  }
  // By way of a source and a sink, to a file of the same name.
  std::vector<std::string> rewrite(const std::string& bytes, const std::string& to) const {
    write_bytes(path(), bytes);
    Source source(path(), "a", Limits{});
    return write_image(dir_.file(to), read_all(source), source.metadata());
  }
  std::string path(const std::string& name = "a.png") const { return dir_.file(name); }

 private:
  test::TempDir dir_;
};

// Each chunk of a file, whole, but those of pixels.
std::vector<std::string> chunks_of(const std::string& file) {
  std::vector<std::string> chunks;
  for (std::size_t at = 8; at + 12 <= file.size();) {
    std::size_t length = 0;
    for (std::size_t i = at; i < at + 4; ++i) length = length << 8 | static_cast<unsigned char>(file[i]);
    const std::string type = file.substr(at + 4, 4);
    if (type != "IHDR" && type != "IDAT" && type != "IEND") chunks.push_back(file.substr(at, length + 12));
    at += length + 12;
  }
  return chunks;
}

nlohmann::json exiftool(const std::string& path) {
  return nlohmann::json::parse(test::output_of("exiftool -j -G1 -a -u -n '" + path + "'")).at(0);
}

TEST_CASE("texts of PNG come in as UTF-8, whatever their chunk") {
  const Files files;
  const auto texts =
      files
          .read(png(chunk("tEXt",
                          "Title\0Gr\xF6\xDF"
                          "e"s) +
                        chunk("tEXt", "Author\0Größe"s) + chunk("iTXt", "Title\0\0\0ja\0題\0日本語"s) +
                        chunk("iTXt", "Comment\0\1\0de\0\0"s + packed("gepackt")),
                    chunk("zTXt", "Comment\0\0"s + packed("nach den Pixeln: \xE4"))))
          .metadata.texts;
  CHECK(texts == std::vector<Text>{{"Title", "Größe", "", ""},
                                   {"Author", "Größe", "", ""},
                                   {"Title", "日本語", "ja", "題"},
                                   {"Comment", "gepackt", "de", ""},
                                   {"Comment", "nach den Pixeln: ä", "", ""}});
}

TEST_CASE("what a PNG file says goes into the next one, byte for byte") {
  initialise("test");
  const Files files;
  const std::string body = GENERATE(
      "pHYs"s + big_endian(11811) + big_endian(11811) + '\1', "pHYs"s + big_endian(3) + big_endian(2) + '\0',
      "pHYs"s + big_endian(2835) + big_endian(7'654'321) + '\1', "gAMA"s + big_endian(100'000),
      "gAMA"s + big_endian(45455), "sRGB\2"s, "cICP\x09\x10\0\1"s,
      "cHRM"s + big_endian(31270) + big_endian(32900) + big_endian(64000) + big_endian(33000) +
          big_endian(21000) + big_endian(71000) + big_endian(15000) + big_endian(6000),
      "tEXtTitle\0Gr\xF6\xDF"
      "e"s,
      "iTXtTitle\0\0\0ja\0題\0日本語"s, "iTXtTitle\0\0\0\0\0日本語"s,
      "iTXtXML:com.adobe.xmp\0\0\0\0\0"s + std::string(300'000, 'x'), "eXIfII*\0\x08\0\0\0\0\0\0\0\0\0"s,
      "teSt any bytes"s, "mDCV"s + std::string(24, '\x12'), "cLLI"s + big_endian(10'000'000) + big_endian(1),
      "sCAL\1"
      "1.5\0"
      "2.5"s,
      "pCALheight\0"s + big_endian(0) + big_endian(255) +
          "\0\2m\0"
          "1\0"
          "2"s,
      "sTER\1"s);
  CAPTURE(body.substr(0, 40));
  const std::string given = chunk(body.substr(0, 4), body.substr(4));
  CHECK(files.rewrite(png(given), "b.png").empty());
  CHECK(chunks_of(bytes_of_file(files.path("b.png"))) == std::vector<std::string>{given});
}

TEST_CASE("a PNG file that says nothing becomes one that says nothing") {
  initialise("test");
  const Files files;
  CHECK(files.rewrite(png(""), "b.png").empty());
  CHECK(chunks_of(bytes_of_file(files.path("b.png"))).empty());
  CHECK(files.rewrite(png(chunk("bKGD", "\0\1\0\1\0\1"s) + chunk("teST", "unsafe")), "b.png").empty());
  CHECK(chunks_of(bytes_of_file(files.path("b.png"))).empty());
}

TEST_CASE("profiles of ImageMagick's in texts are what they stand for") {
  initialise("test");
  const Files files;
  const std::string iptc = "\x1C\x02\x78\0\x05Hello"s;
  Metadata metadata;
  metadata.iptc = iptc;
  metadata.photoshop = "8BIM\x03\xED\0\0\0\0\0\x10\0\x48\0\0\0\1\0\1\0\x48\0\0\0\1\0\1"s;
  metadata.texts = {{"Title", "Größe 日本", "", ""}};
  write_image(files.path("a.png"), cv::Mat(9, 9, CV_8UC3, cv::Scalar(1, 2, 3)), metadata);
  CHECK(exiftool(files.path("a.png")).at("IPTC:Caption-Abstract") == "Hello");
  CHECK(exiftool(files.path("a.png")).at("Photoshop:XResolution") == 72);
  CHECK(exiftool(files.path("a.png")).at("PNG:Title") == "Größe 日本");

  test::output_of("convert '" + files.path("a.png") + "' '" + files.path("b.png") + "'");
  const OutputFile file(files.path("b.png"), O_RDONLY);
  const Metadata back = read_png_metadata(file.fd()).metadata;
  CHECK(back.iptc == iptc);
  CHECK_THAT(test::output_of("identify -verbose '" + files.path("b.png") + "'"), Contains("Hello"));
}

TEST_CASE("an animated PNG says that its still image is used") {
  const Files files;
  const std::string frame = chunk("fcTL", std::string(26, '\0'));
  CHECK(files.read(png(chunk("acTL", big_endian(7) + big_endian(0)) + frame)).notes ==
        std::vector<std::string>{"animated PNG: only the still image of 7 frames is used"});
  CHECK(files.read(png(chunk("acTL", big_endian(1) + big_endian(0)) + frame)).notes.empty());
}

TEST_CASE("an animated PNG whose still image isn't one of its frames says that they are left out") {
  const Files files;
  const std::string control = chunk("acTL", big_endian(1) + big_endian(0)),
                    frame = chunk("fcTL", std::string(26, '\0'));
  CHECK(files.read(png(control, frame)).notes ==
        std::vector<std::string>{
            "animated PNG: only the still image is used, which is none of its frames (1)"});
  CHECK(files.read(png(control + frame)).notes.empty());
}

TEST_CASE("what PNG says of the file's samples alone is left out with a note where it would matter") {
  const Files files;
  const std::string background = chunk("bKGD", std::string(6, '\1')), bits = chunk("sBIT", "\5\6\5");
  const std::string time = chunk("tIME", "\x07\xE4\1\2\3\4\5");
  CHECK(files.read(png(background + chunk("sBIT", "\x08\x08\x08") + time)).notes.empty());
  CHECK(files
            .read(png(bits + background + chunk("tRNS", std::string(6, '\1')) +
                      chunk("sPLT", "a\0\x08\1\2\3\4\0\5"s)))
            .notes ==
        std::vector<std::string>{"what PNG says of the file's own samples was left out: significant bits, a "
                                 "background colour, a suggested palette"});
}

TEST_CASE("chunks of PNG that another format has no place for are named") {
  initialise("test");
  const Files files;
  const std::string bytes = png(chunk("sTER", "\1") + chunk("teSt", "any"));
  for (const auto& [to, name] : std::map<std::string, std::string>{
           {"b.jpg", "JPEG"}, {"b.tif", "TIFF"}, {"b.webp", "WebP"}, {"b.bmp", "BMP"}, {"b.gif", "GIF"}}) {
    CHECK(files.rewrite(bytes, to) ==
          std::vector<std::string>{name + " has no place for PNG chunks (sTER, teSt): they were left out"});
  }
}

TEST_CASE("how a PNG file stores its pixels is told") {
  initialise("test");
  const Files files;
  test::output_of(
      "convert -size 8x8 pattern:checkerboard -type palette -colors 2 -define png:bit-depth=1 "
      "-define png:color-type=3 -interlace PNG '" +
      files.path() + "'");
  const Storage storage = files.read(bytes_of_file(files.path())).storage;
  CHECK(storage.format == "png");
  CHECK(storage.bits == 1);
  CHECK(storage.palette);
  CHECK(storage.interlaced);
}

TEST_CASE("damaged chunks of PNG are left out, and never more than that") {
  const Files files;
  std::string broken = chunk("tEXt", "Title\0broken"s);
  broken.back() ^= 1;
  CHECK(files.read(png(broken + chunk("tEXt", "Title\0whole"s))).metadata.texts ==
        std::vector<Text>{{"Title", "whole", "", ""}});
  // Half a gigabyte in half a megabyte.
  CHECK(files.read(png(chunk("zTXt", "Bomb\0\0"s + packed(std::string(500'000'000, 'a'))))).metadata.empty());
  CHECK(files
            .read(png(chunk("zTXt", "Comment\0\0nonsense"s) + chunk("pHYs", std::string(9, '\0')) +
                      chunk("eXIf", "no TIFF") + chunk("iCCP", "x") + chunk("gAMA", big_endian(0)) +
                      chunk("tEXt", "Raw profile type iptc\0\niptc\n  99\n00"s)))
            .metadata.texts.size() == 1);
  const std::string whole =
      png(chunk("pHYs", big_endian(1) + big_endian(1) + '\1') + chunk("zTXt", "a\0\0"s + packed("b")) +
          chunk("iTXt", "a\0\0\0\0\0c"s) +
          chunk("zTXt", "Raw profile type 8bim\0\0"s + packed("\n8bim\n 12\n3842494d0404000000000005\n")));
  cv::RNG random(1);
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = whole;
    const std::size_t at = random.uniform(8, int(whole.size()));
    damaged[at] = static_cast<char>(random.uniform(0, 256));
    files.read(damaged);
    files.read(damaged.substr(0, at));
  }
}

// EXIF that says orientation 6, and has as many bytes more that nothing in it tells of.
std::string long_exif(std::size_t more) {
  return "MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"s + std::string(more, '\x2a');
}

// Two columns, one row.
std::string wide_png(const std::string& before, const std::string& after = "") {
  return "\x89PNG\r\n\x1A\n" + chunk("IHDR", big_endian(2) + big_endian(1) + "\x08\x02\0\0\0"s) + before +
         chunk("IDAT", packed("\0\1\2\3\4\5\6"s)) + after + chunk("IEND", "");
}

TEST_CASE("long EXIF of PNG is kept and obeyed, wherever it stands, and the pixels are what they are") {
  initialise("test");
  const Files files;
  const std::string exif = chunk("eXIf", long_exif(8 << 20));
  const std::string bytes = GENERATE_COPY(wide_png(exif), wide_png("", exif));
  write_bytes(files.path(), bytes);
  Source source(files.path(), "a", Limits{});
  CHECK(source.metadata().exif.size() == long_exif(8 << 20).size());
  CHECK(source.info().notes.empty());
  const cv::Mat pixels = read_all(source);
  REQUIRE(pixels.size() == cv::Size(1, 2));
  CHECK(pixels.at<cv::Vec3b>(0, 0) == cv::Vec3b(3, 2, 1));
  CHECK(pixels.at<cv::Vec3b>(1, 0) == cv::Vec3b(6, 5, 4));
}

TEST_CASE("EXIF of PNG that is too long for anybody is left out with a note, and costs no time") {
  initialise("test");
  const Files files;
  write_bytes(files.path(), wide_png(chunk("eXIf", long_exif(50 << 20))));
  const std::clock_t before = std::clock();
  Source source(files.path(), "a", Limits{});
  CHECK(read_all(source).size() == cv::Size(2, 1));
  CHECK(std::clock() - before < 2 * CLOCKS_PER_SEC);  // libpng alone takes 4 s
  CHECK(source.metadata().exif.empty());
  REQUIRE(source.info().notes.size() == 1);
  CHECK_THAT(source.info().notes[0], Contains("50 MiB of metadata were left out, for they are too large"));
}

TEST_CASE("the encoder's pixels pass in pieces of any size") {
  const std::string from =
      png(chunk("pHYs", std::string(9, '\1')) + chunk("PLTE", "abc"), chunk("tEXt", "a\0b"s));
  const std::string ours = chunk("gAMA", big_endian(1));
  const std::string wanted = png(ours + chunk("PLTE", "abc"));
  for (std::size_t piece = 1; piece < from.size(); ++piece) {
    PngFilter filter(ours);
    std::string out;
    for (std::size_t at = 0; at < from.size(); at += piece) out += filter.pass(from.substr(at, piece));
    CHECK(out == wanted);
  }
}

}  // namespace
}  // namespace tilework::imageio
