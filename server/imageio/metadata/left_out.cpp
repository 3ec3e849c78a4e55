#include "server/imageio/metadata/left_out.h"

#include <algorithm>
#include <vector>

#include "server/imageio/colour/colour_meaning.h"

namespace tilework::imageio {
namespace {

// A proportion of 1 is what every image has.
bool is_resolution(const std::optional<Resolution>& resolution) {
  return resolution && (resolution->unit != Resolution::Unit::none || resolution->x != resolution->y);
}

bool has_other_texts_than_comments(const Metadata& metadata) {
  return std::ranges::any_of(metadata.texts, [](const Text& text) { return text.keyword != "Comment"; });
}

std::vector<std::string> losses(const Metadata& metadata, std::string_view format) {
  std::vector<std::string> lost;
  const auto check = [&](bool is_there, std::string_view places, const char* what) {
    const bool has_place = places.find(format) != std::string_view::npos;
    if (is_there && !has_place) lost.emplace_back(what);
  };
  check(!metadata.exif.empty(), "png webp", "EXIF");
  check(!metadata.xmp.empty() && (format != "gif" || metadata.xmp.find('\0') != std::string::npos),
        "png webp", "XMP");
  check(!metadata.iptc.empty(), "png", "IPTC");
  check(!metadata.photoshop.empty(), "png", "image resources of Photoshop");
  check(format == "gif" ? has_other_texts_than_comments(metadata) : !metadata.texts.empty(), "png", "texts");
  check(is_resolution(metadata.resolution), "png webp bmp", "a resolution");
  check(!metadata.icc.empty(), "png webp bmp", "a colour profile");
  const bool is_srgb = meaning_of(metadata.colours, false).kind == ColourMeaning::Kind::srgb;
  check(metadata.icc.empty() && !is_srgb, "png", "colours other than sRGB's");
  check(!metadata.png_chunks.empty(), "png", "chunks of PNG");
  return lost;
}

}  // namespace

std::optional<std::string> left_out(const Metadata& metadata, std::string_view format) {
  const std::vector<std::string> lost = losses(metadata, format);
  if (lost.empty()) return std::nullopt;
  std::string list;
  for (std::size_t i = 0; i < lost.size(); ++i) {
    if (i > 0) list += i + 1 == lost.size() ? " and " : ", ";
    list += lost[i];
  }
  const std::string name = format == "png"    ? "PNG"
                           : format == "webp" ? "WebP"
                           : format == "gif"  ? "GIF"
                                              : "BMP";
  const bool is_one = lost.size() == 1 && lost.front().back() != 's';
  return name + " has no place for " + list + ": " + (is_one ? "it was" : "they were") + " left out";
}

// The colour space stands at byte 16 of a profile's header, 128 bytes (ICC.1:2010, 7.2.6).
bool profile_fits(std::string_view profile, int colour_channels) {
  return profile.size() >= 128 && profile.substr(16, 4) == (colour_channels == 1 ? "GRAY" : "RGB ");
}

}  // namespace tilework::imageio
