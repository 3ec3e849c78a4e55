// Images' files that promise, hide or lack what decoders would stumble over.
#include <array>
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <opencv2/imgcodecs.hpp>
#include <zlib.h>

#include "tests/hostile/act.h"
#include "tests/hostile/tiff_bytes.h"
#include "tests/support/png_chunks.h"

namespace tilework::test {
namespace {

std::string zeros_packed(std::size_t count) {
  const std::string zeros(count, '\0');
  uLongf size = ::compressBound(count);
  std::string packed(size, '\0');
  ::compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(zeros.data()),
              count, 1);
  packed.resize(size);
  return packed;
}

std::string encoded(const char* extension, const std::vector<int>& options = {}) {
  cv::Mat image(300, 400, CV_8UC3);
  cv::randu(image, 0, 256);
  std::vector<uchar> bytes;
  REQUIRE(cv::imencode(extension, image, bytes, options));
  return {bytes.begin(), bytes.end()};
}

std::string cut(const std::string& bytes, std::size_t part = 2) {
  return bytes.substr(0, bytes.size() / part);
}

// With the numbers of the first frame's header (ITU T.81, B.2.2) in the place of its own.
std::string jpeg_of(std::uint16_t width, std::uint16_t height, const std::vector<int>& options) {
  std::string bytes = encoded(".jpg", options);
  auto frame = bytes.find(options.empty() ? "\xff\xc0" : "\xff\xc2");
  REQUIRE(frame != std::string::npos);
  const std::string size = big_endian(std::uint32_t{height} << 16 | width);
  return bytes.replace(frame + 5, 4, size);
}

// A whole PNG of 8x8 gray pixels, with chunks between its header and its pixels.
std::string png_with(const std::string& chunks) {
  return png_signature + png_header(8, 8) + chunks + png_chunk("IDAT", zeros_packed(8 * 9)) +
         png_chunk("IEND", "");
}

std::string with_wrong_sum(std::string bytes) {
  const auto pixels = bytes.find("IDAT");
  bytes[pixels + 100] = static_cast<char>(bytes[pixels + 100] ^ 1);
  return bytes;
}

std::string gif_of(std::uint16_t side) {
  std::string bytes = "GIF89a";
  for (int i = 0; i < 2; ++i) bytes += {static_cast<char>(side), static_cast<char>(side >> 8)};
  return bytes + std::string("\x80\x00\x00\x00\x00\x00\xff\xff\xff", 9) +
         std::string(",\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;", 16);
}

struct Row {
  const char* name;
  const char* words;
  int code;
  const char* extension;
  std::string (*bytes)();
  std::vector<std::string> options = {};
};

const std::vector<std::string> expand{"--allow-expansion"};

const std::vector<Row> rows{
    {"giant-png-of-69-bytes", "--allow-expansion", 2, ".png",
     [] {
       return png_signature + png_header(30'000, 30'000) + png_chunk("IDAT", "") + png_chunk("IEND", "");
     }},
    {"giant-png-that-is-meant", "takes 858 MiB of memory to decode", 2, ".png",
     [] {
       return png_signature + png_header(30'000, 30'000, true) + png_chunk("IDAT", "") +
              png_chunk("IEND", "");
     },
     expand},
    {"png-of-two-billion-columns", "is 2147483647 x 2147483647 pixels, and this server takes at most", 2,
     ".png", [] { return png_signature + png_header(0x7fffffff, 0x7fffffff) + png_chunk("IDAT", ""); },
     expand},
    {"png-without-pixels", "0 x 0 pixels, which is nonsense", 2, ".png",
     [] { return png_signature + png_header(0, 0); }},
    {"png-of-wrong-sum", "is damaged or cut short", 2, ".png",
     [] { return with_wrong_sum(encoded(".png")); }},
    {"half-a-png", "is damaged or cut short", 2, ".png", [] { return cut(encoded(".png")); }},
    {"png-of-packed-zeros", "is damaged or cut short", 2, ".png",
     [] { return png_signature + png_header(20'000, 20'000) + png_chunk("IDAT", zeros_packed(8 << 20)); },
     expand},
    {"png-of-packed-text", "", 0, ".png",
     [] { return png_with(png_chunk("zTXt", std::string("Comment\0\0", 9) + zeros_packed(256 << 20))); }},
    {"png-of-packed-profile", "", 0, ".png",
     [] { return png_with(png_chunk("iCCP", std::string("sRGB\0\0", 6) + zeros_packed(256 << 20))); }},
    {"png-of-long-metadata", "", 0, ".png",
     [] { return png_with(png_chunk("eXIf", "MM" + std::string(50 << 20, '\x2a'))); }},
    {"giant-jpeg-of-few-bytes", "--allow-expansion", 2, ".jpg", [] { return jpeg_of(65'000, 65'000, {}); }},
    {"giant-progressive-jpeg", "takes 2288 MiB of memory to decode", 2, ".jpg",
     [] {
       return jpeg_of(20'000, 20'000, {cv::IMWRITE_JPEG_PROGRESSIVE, 1});
     },
     expand},
    {"half-a-jpeg", "is damaged or cut short", 2, ".jpg", [] { return cut(encoded(".jpg")); }},
    {"half-a-webp", "it is damaged or cut short", 2, ".webp", [] { return cut(encoded(".webp")); }},
    {"half-a-bmp", "it holds fewer pixels than its header says", 2, ".bmp",
     [] { return cut(encoded(".bmp")); }},
    {"bmp-of-negative-size", "-1 x -2147483648 pixels, which is nonsense", 2, ".bmp",
     [] { return encoded(".bmp").replace(18, 8, std::string("\xff\xff\xff\xff\x00\x00\x00\x80", 8)); }},
    {"gif-of-giant-canvas", "", 0, ".gif", [] { return gif_of(65'535); }},
    {"tiff-that-expands", "--allow-expansion", 2, ".tif",
     [] { return tiff_of(30'000, 30'000, zeros_packed(100 << 20)); }},
    {"tiff-that-expands-and-is-meant", "is damaged or cut short", 2, ".tif",
     [] { return tiff_of(12'000, 12'000, zeros_packed(1 << 20)); }, expand},
    {"tiff-that-goes-round", "", 0, ".tif", [] { return tiff_that_goes_round(); }},
    {"tiff-that-ends-before", "is damaged or cut short", 2, ".tif",
     [] {
       return tiff_with(8, 8, {{tiff_strip_offsets, 0x7fffff00}}, zeros_packed(64));
     }},
    {"tiff-of-long-strip", "is damaged or cut short", 2, ".tif",
     [] {
       return tiff_with(8, 8, {{tiff_strip_counts, 0xfffffff0}}, zeros_packed(64));
     }},
    {"tiff-of-four-billion-tags", "is damaged or cut short", 2, ".tif",
     [] { return tiff_with_count(0xffffffff); }},
    {"tiff-of-no-columns", "the directory of its first page can't be read", 2, ".tif",
     [] { return tiff_of(0, 0, zeros_packed(64)); }},
    {"tiff-of-many-channels", "it has 60000 channels, and Tilework takes 1 to 4", 2, ".tif",
     [] {
       return tiff_with(8, 8, {{tiff_samples, 60'000}}, zeros_packed(64));
     }},
    {"script-called-image", "is not an image that Tilework can read", 2, ".png",
     [] {
       return std::string("push graphic-context\nimage over 0,0 0,0 '/etc/passwd'\npop graphic-context\n");
     }},
    {"svg-called-image", "is not an image that Tilework can read", 2, ".png",
     [] {
       return std::string(
           "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>"
           "<image href='file:///etc/passwd' width='9' height='9'/></svg>");
     }},
    {"noise-called-jpeg", "can't be read", 2, ".jpg",
     [] { return std::string("\xff\xd8\xff\xe0") + std::string(9999, '\xff'); }},
    {"file-without-bytes-for-image", "is empty (0 bytes)", 2, ".png", [] { return std::string(); }}};

}  // namespace

std::vector<Act> file_acts() {
  std::vector<Act> acts;
  for (const Row& row : rows) {
    acts.push_back({row.name, row.words, [row](Siege& siege) {
                      const std::string path = siege.file(std::string("image") + row.extension);
                      std::ofstream(path, std::ios::binary) << row.bytes();
                      siege.apply(path, "invert", {row.code, row.words}, row.options);
                    }});
  }
  return acts;
}

}  // namespace tilework::test
