#include "schema/model/image_format.h"

#include <algorithm>
#include <array>
#include <cctype>

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

}  // namespace tilework
