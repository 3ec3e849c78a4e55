// What follows the picture in a JPEG file isn't kept, and a note says so. ExifTool reads the results; the
// files' segments are made by hand, as CIPA DC-007, Adobe and Google describe them.
#include <catch2/catch.hpp>

#include "tests/support/temp_dir.h"
#include "tests/support/tool.h"
#include "tests/unit/imageio/files.h"

namespace tilework::imageio {
namespace {

using Catch::Contains;
using namespace std::string_literals;

// Puts a segment behind the start of a JPEG file.
std::string with_segment(const std::string& file, char marker, const std::string& body) {
  const std::size_t length = body.size() + 2;
  return file.substr(0, 2) + "\xFF"s + marker + static_cast<char>(length >> 8) +
         static_cast<char>(length & 255) + body + file.substr(2);
}

std::string jpeg_file(const test::TempDir& dir) {
  test::output_of("convert -size 40x30 gradient:red-blue -strip " + dir.file("plain.jpg"));
  return bytes_of_file(dir.file("plain.jpg"));
}

// Of a directory with one tag, the entries of two pictures; the second is of this kind.
std::string pictures(const std::string& kind) {
  const std::string first = "\x20\x03\0\0"s + std::string(12, '\0'),
                    second = "\0"s + kind + std::string(12, '\0');
  return "MPF\0MM\0*\0\0\0\x08\0\x01\xB0\x02\0\x07\0\0\0\x20\0\0\0\x1A\0\0\0\0"s + first + second;
}

std::string packet(const std::string& inside) {
  return "http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF "
         "xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description rdf:about=\"\" "
         "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" dc:format=\"image/jpeg\" "s +
         inside + "</rdf:Description></rdf:RDF></x:xmpmeta>";
}

}  // namespace

TEST_CASE("further pictures in a JPEG file are left out with a note, and nothing tells of them any more") {
  initialise("test");
  const test::TempDir dir;
  const std::string container =
      "xmlns:Container=\"http://ns.google.com/photos/1.0/container/\" "
      "xmlns:Item=\"http://ns.google.com/photos/1.0/container/item/\"><Container:Directory><rdf:Seq>"
      "<rdf:li rdf:parseType=\"Resource\"><Container:Item Item:Semantic=\"GainMap\" "
      "Item:Length=\"99\"/></rdf:li>"
      "</rdf:Seq></Container:Directory>";
  struct Case {
    char marker;
    std::string body;
    std::string note;
    std::string gone;
  };
  const auto [marker, body, note, gone] = GENERATE_COPY(
      Case{'\xE2', pictures("\x02\0\x02"s), "several pictures in one JPEG (MPO): only the first of 2 is used",
           "MPF"},
      Case{'\xE1',
           packet("xmlns:hdrgm=\"http://ns.adobe.com/hdr-gain-map/1.0/\" hdrgm:Version=\"1.0\" " + container),
           "HDR gain map was left out", "GainMap"},
      Case{'\xE2', "urn:iso:std:iso:ts:21496:-1\0\0\0\0\0"s, "HDR gain map was left out", "21496"},
      Case{'\xEB', "JP\0\x01\0\0\0\x01jumb-things"s, "content credentials (C2PA) were left out", "jumb"});
  CAPTURE(note);
  const std::string path = dir.file("from.jpg");
  write_bytes(path, with_segment(jpeg_file(dir), marker, body));
  for (const std::string to : {"jpg", "tif", "png", "webp"}) {
    CAPTURE(to);
    const std::string result = dir.file("to." + to);
    const auto notes = copy_image(path, result);
    REQUIRE(notes.size() == 1);
    const std::string type = to == "jpg" ? "jpeg" : to == "tif" ? "tiff" : to;
    CHECK_THAT(notes[0], Contains(note));
    CHECK(bytes_of_file(result).find(gone) == std::string::npos);
    if (marker == '\xE1')
      CHECK(test::output_of("exiftool -s3 -XMP-dc:Format " + result) == "image/" + type + "\n");
  }
}

TEST_CASE("a thumbnail among a JPEG file's pictures is no loss") {
  initialise("test");
  const test::TempDir dir;
  write_bytes(dir.file("from.jpg"), with_segment(jpeg_file(dir), '\xE2', pictures("\x01\0\x01"s)));
  CHECK(copy_image(dir.file("from.jpg"), dir.file("to.jpg")).empty());
}

}  // namespace tilework::imageio
