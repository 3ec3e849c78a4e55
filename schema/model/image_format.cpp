#include "schema/model/image_format.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace tilework {
namespace {

constexpr std::array<ImageExtension, 8> extensions{{{".jpg", "jpeg"},
                                                    {".jpeg", "jpeg"},
                                                    {".png", "png"},
                                                    {".tif", "tiff"},
                                                    {".tiff", "tiff"},
                                                    {".webp", "webp"},
                                                    {".bmp", "bmp"},
                                                    {".gif", "gif"}}};

}  // namespace

std::span<const ImageExtension> image_extensions() {
  return extensions;
}

std::string format_of_name(const std::filesystem::path& file) {
  std::string ending = file.extension().string();
  std::ranges::transform(ending, ending.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto* found = std::ranges::find(extensions, ending, &ImageExtension::text);
  return found == extensions.end() ? "" : found->format;
}

std::optional<std::string> format_of_content(std::span<const unsigned char> start) {
  const std::string_view text(reinterpret_cast<const char*>(start.data()), start.size());
  using namespace std::string_view_literals;
  if (text.starts_with("\xff\xd8\xff"sv)) return "jpeg";
  if (text.starts_with("\x89PNG\r\n\x1a\n"sv)) return "png";
  for (const auto magic : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv}) {  // + is BigTIFF
    if (text.starts_with(magic)) return "tiff";
  }
  if (text.starts_with("RIFF"sv) &&
      text.substr(std::min<std::size_t>(8, text.size())).starts_with("WEBP"sv)) {
    return "webp";
  }
  if (text.starts_with("GIF87a"sv) || text.starts_with("GIF89a"sv)) return "gif";
  if (text.starts_with("BM"sv)) return "bmp";
  return std::nullopt;
}

}  // namespace tilework
