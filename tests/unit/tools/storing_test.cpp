// Which ways of storing pixels are known, and which formats leave which choice.
#include "schema/model/storing.h"

#include <catch2/catch.hpp>

#include "schema/model/error.h"

using namespace tilework;
using Catch::Matchers::Contains;

TEST_CASE("compressions are known by their names, in small letters") {
  for (const auto name : compressions()) CHECK(is_compression(name));
  CHECK(compressions().size() == 8);
  for (const char* name : {"", "zip", "LZW", "lzw ", "none\n"}) CHECK_FALSE(is_compression(name));
  CHECK_THROWS_WITH(
      check_storing("tiff", "zip", false),
      Contains("\"zip\"") && Contains("auto, none, lzw, deflate, zstd, packbits, jpeg or ccitt"));
}

TEST_CASE("a compression is for TIFF alone") {
  for (const auto name : compressions()) CHECK_NOTHROW(check_storing("tiff", std::string(name), false));
  for (const char* format : {"jpeg", "png", "webp", "bmp", "gif"}) {
    CHECK_NOTHROW(check_storing(format, "auto", false));
    CHECK_THROWS_WITH(check_storing(format, "lzw", false), Contains(format) && Contains("choose tiff"));
    CHECK_THROWS_AS(check_storing(format, "none", false), UserError);
  }
}

TEST_CASE("lossless is for formats that can be") {
  for (const char* format : {"png", "tiff", "webp", "bmp"})
    CHECK_NOTHROW(check_storing(format, "auto", true));
  for (const char* format : {"jpeg", "gif"}) {
    CHECK_THROWS_WITH(check_storing(format, "auto", true), Contains(format) && Contains("png, tiff or webp"));
  }
  CHECK_NOTHROW(check_storing("tiff", "zstd", true));
  CHECK_THROWS_WITH(check_storing("tiff", "jpeg", true), Contains("choose compression deflate"));
}
