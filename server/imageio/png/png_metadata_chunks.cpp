#include "server/imageio/png/png_metadata_chunks.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "server/imageio/metadata/byte_order.h"
#include "server/imageio/metadata/character_sets.h"
#include "server/imageio/metadata/left_out.h"
#include "server/imageio/png/deflated.h"
#include "server/imageio/png/png_chunk.h"
#include "server/imageio/png/raw_profile.h"

namespace tilework::imageio {
namespace {

using namespace std::string_literals;

constexpr double largest_number = 0x7FFFFFFF;  // of PNG's

// Rounded; none if it isn't from `least` to the largest number.
std::optional<std::uint32_t> number(double value, double least) {
  const double rounded = std::round(value);
  if (!(rounded >= least && rounded <= largest_number)) return std::nullopt;
  return static_cast<std::uint32_t>(rounded);
}

std::string resolution_chunk(const Resolution& resolution) {
  constexpr double inch = 0.0254;  // metres
  double scale = 1;
  if (resolution.unit == Resolution::Unit::inch) scale = 1 / inch;
  if (resolution.unit == Resolution::Unit::centimetre) scale = 100;
  const bool is_proportion = resolution.unit == Resolution::Unit::none;
  // Numbers like 1.5 to 1 need to be whole.
  if (is_proportion &&
      (resolution.x != std::floor(resolution.x) || resolution.y != std::floor(resolution.y))) {
    scale = 10'000;
  }
  const auto x = number(resolution.x * scale, 1), y = number(resolution.y * scale, 1);
  return x && y ? png_chunk("pHYs", big(*x, 4) + big(*y, 4) + (is_proportion ? '\0' : '\1')) : "";
}

std::string gamma_chunk(double gamma) {
  const auto value = number(gamma * 100'000, 1);
  return value ? png_chunk("gAMA", big(*value, 4)) : "";
}

std::string chromaticities_chunk(const std::array<double, 8>& chromaticities) {
  std::string body;
  for (const double coordinate : chromaticities) {
    const auto value = number(coordinate * 100'000, 0);
    if (!value) return "";
    body += big(*value, 4);
  }
  return png_chunk("cHRM", body);
}

// In the order that PNG wants: of several, a reader takes the first that it knows.
std::string colour_chunks(const Metadata& metadata, int colour_channels) {
  const ColourSpace& colours = metadata.colours;
  const bool has_profile = profile_fits(metadata.icc, colour_channels);
  std::string chunks;
  if (colours.cicp) chunks += png_chunk("cICP", std::string(colours.cicp->begin(), colours.cicp->end()));
  if (has_profile) chunks += png_chunk("iCCP", "ICC profile\0\0"s + deflated(metadata.icc));
  if (colours.srgb_intent && !has_profile)
    chunks += png_chunk("sRGB", big(static_cast<std::uint32_t>(*colours.srgb_intent), 1));
  if (colours.gamma) chunks += gamma_chunk(*colours.gamma);
  if (colours.chromaticities) chunks += chromaticities_chunk(*colours.chromaticities);
  return chunks;
}

// Of 1 to 79 bytes of Latin-1 without spaces at its ends (PNG 3rd edition, 11.3.3.1).
std::string png_keyword(std::string_view keyword) {
  std::string latin1 = latin1_of_utf8(keyword).value_or("");
  std::erase(latin1, '\0');
  if (latin1.size() > 79) latin1.resize(79);
  return latin1.empty() ? "Comment" : latin1;
}

// Without the zero bytes that would end them.
std::string field(std::string text) {
  std::erase(text, '\0');
  return text + '\0';
}

std::string text_chunk(const Text& text) {
  constexpr std::size_t worth_packing = 1024;  // bytes, as PNG recommends
  const std::string keyword = png_keyword(text.keyword) + '\0';
  const auto latin1 = latin1_of_utf8(text.text);
  const bool is_plain =
      latin1 && latin1->find('\0') == std::string::npos && text.language.empty() && text.translated.empty();
  const bool is_packed = text.text.size() > worth_packing;
  if (is_plain && is_packed) return png_chunk("zTXt", keyword + '\0' + deflated(*latin1));
  if (is_plain) return png_chunk("tEXt", keyword + *latin1);
  std::string body = text.text;
  std::erase(body, '\0');
  return png_chunk("iTXt", keyword + (is_packed ? '\1' : '\0') + '\0' + field(text.language) +
                               field(text.translated) + (is_packed ? deflated(body) : body));
}

std::string raw_profile_chunk(std::string_view type, std::string_view bytes) {
  return png_chunk(
      "zTXt", std::string(raw_profile_prefix).append(type) + "\0\0"s + deflated(raw_profile(type, bytes)));
}

// ImageMagick, which the name is from, has IPTC's records in an image resource; ExifTool wants them there.
std::string iptc_resource(const std::string& iptc) {
  const std::string padding(iptc.size() % 2, '\0');
  return "8BIM\x04\x04\0\0"s + big(static_cast<std::uint32_t>(iptc.size()), 4) + iptc + padding;
}

}  // namespace

std::string png_metadata_chunks(const Metadata& metadata, int colour_channels) {
  std::string chunks = colour_chunks(metadata, colour_channels);
  if (metadata.resolution) chunks += resolution_chunk(*metadata.resolution);
  if (!metadata.exif.empty()) chunks += png_chunk("eXIf", metadata.exif);
  if (!metadata.xmp.empty()) chunks += png_chunk("iTXt", "XML:com.adobe.xmp\0\0\0\0\0"s + metadata.xmp);
  if (!metadata.iptc.empty()) chunks += raw_profile_chunk("iptc", iptc_resource(metadata.iptc));
  if (!metadata.photoshop.empty()) chunks += raw_profile_chunk("8bim", metadata.photoshop);
  for (const Text& text : metadata.texts) chunks += text_chunk(text);
  for (const std::string& chunk : metadata.png_chunks) chunks += chunk;
  return chunks;
}

}  // namespace tilework::imageio
