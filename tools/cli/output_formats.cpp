#include "tools/cli/output_formats.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>

#include "schema/model/error.h"
#include "schema/model/image_format.h"

namespace tilework::cli {
namespace {

namespace fs = std::filesystem;

std::string extension_of(const std::string& format) {
  return std::ranges::find(image_extensions(), format, &ImageExtension::format)->text;
}

// Of an image by its first bytes.
std::string format_of_image(const std::string& image, const std::string& piped) {
  std::string format = piped;
  if (image != "-") {
    std::array<char, 16> bytes{};
    std::ifstream file(image, std::ios::binary);
    file.read(bytes.data(), bytes.size());
    const auto* start = reinterpret_cast<const unsigned char*>(bytes.data());
    format = format_of_content(std::span(start, static_cast<std::size_t>(file.gcount()))).value_or("");
  }
  if (!format.empty()) return format;
  throw UserError(shown_name(image) +
                  " is not of a format that results can have; say with --format which one is wanted");
}

}  // namespace

std::string format_of(const fs::path& file) {
  if (auto format = format_of_name(file); !format.empty()) return format;
  std::string list;
  for (const auto& known : image_extensions()) list += (list.empty() ? "" : ", ") + std::string(known.text);
  std::string extension = file.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::string what = extension.empty() ? "has no extension" : "ends with \"" + extension + "\"";
  throw UserError("the output " + file.string() + " " + what +
                  "; its format follows from the extension, which is one of " + list + ", or from --format");
}

std::string parse_format(const std::string& text) {
  if (text.empty()) return "";
  if (auto format = format_of_name("x." + text); !format.empty()) return format;
  throw UserError("--format " + text +
                  " is not a format of results; choose jpeg, png, tiff, webp, bmp or gif");
}

std::string format_of_file(const fs::path& file, const std::string& wished) {
  if (wished.empty()) return format_of(file);
  const std::string named = format_of_name(file);
  if (named.empty() || named == wished) return wished;
  throw UserError("the output " + file.string() + " has the extension of " + named + ", and --format says " +
                  wished + "; change one of the two");
}

std::string format_of_stream(const std::string& image, const OutputWish& wish, const std::string& wished) {
  if (!wished.empty()) return wished;
  const std::string named = format_of_name(wish.out);
  return named.empty() ? format_of_image(image, wish.piped) : named;
}

std::string name_in_folder(const std::string& image, const OutputWish& wish, const std::string& wished) {
  if (image == "-") {
    return "stdin" + extension_of(wished.empty() ? format_of_image(image, wish.piped) : wished);
  }
  const fs::path name = fs::path(image).filename();
  if (wished.empty() || format_of_name(name) == wished) return name;
  return fs::path(name).replace_extension(extension_of(wished));
}

}  // namespace tilework::cli
