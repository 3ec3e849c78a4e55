#include "server/imageio/file_format.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <utility>

#include "schema/model/error.h"

namespace tilework::imageio {
namespace {

// Endings and what they mean.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> formats{{{".jpg", "jpeg"},
                                                                                {".jpeg", "jpeg"},
                                                                                {".jpe", "jpeg"},
                                                                                {".png", "png"},
                                                                                {".tif", "tiff"},
                                                                                {".tiff", "tiff"},
                                                                                {".webp", "webp"},
                                                                                {".bmp", "bmp"},
                                                                                {".gif", "gif"}}};

}  // namespace

bool is_format(std::string_view name) {
  return std::ranges::any_of(formats, [&](const auto& entry) { return entry.second == name; });
}

bool is_chroma(std::string_view name) {
  return name == "auto" || name == "4:4:4" || name == "4:2:0";
}

std::string format_of_extension(const std::string& path) {
  std::string ending = std::filesystem::path(path).extension().string();
  std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto* found = std::ranges::find(formats, ending, [](const auto& entry) { return entry.first; });
  if (found != formats.end()) return std::string(found->second);
  throw UserError(path +
                  (ending.empty() ? " has no ending that names a file format"
                                  : " can't be written: " + ending + " is not a supported format") +
                  "; use one of .jpg .png .tif .webp .bmp .gif");
}

}  // namespace tilework::imageio
