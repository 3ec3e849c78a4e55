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

// "(Title, Author)" of the texts, but comments where those have a place.
std::string names_of_texts(const Metadata& metadata, bool with_comments) {
  std::string names;
  for (const Text& text : metadata.texts) {
    if (with_comments || text.keyword != "Comment") names += (names.empty() ? "" : ", ") + text.keyword;
  }
  return names;
}

std::string names_of_chunks(const Metadata& metadata) {
  std::string names;
  for (const std::string& chunk : metadata.png_chunks) {
    const std::string name = chunk.substr(std::min<std::size_t>(4, chunk.size()), 4);
    if (names.find(name) == std::string::npos) names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

// What there is but has no place, and names of what there is of it.
class Losses {
 public:
  explicit Losses(std::string_view format) : format_(format) {}

  // `places` are the formats that have one.
  void check(bool is_there, std::string_view places, const std::string& what, const std::string& names = "") {
    if (!is_there || places.find(format_) != std::string_view::npos) return;
    is_one_ = list_.empty() && what.back() != 's';
    list_.push_back(names.empty() ? what : what + " (" + names + ")");
  }

  std::string sentence() const {
    if (list_.empty()) return {};
    std::string text;
    for (std::size_t i = 0; i < list_.size(); ++i) {
      if (i > 0) text += i + 1 == list_.size() ? " and " : ", ";
      text += list_[i];
    }
    return "has no place for " + text + ": " + (is_one_ ? "it was" : "they were") + " left out";
  }

 private:
  std::string_view format_;
  std::vector<std::string> list_;
  bool is_one_ = false;
};

// Texts for JPEG and TIFF are their writers' business.
void check_all(const Metadata& metadata, std::string_view format, Losses& losses) {
  losses.check(!metadata.exif.empty(), "png webp jpeg tiff", "EXIF");
  const bool is_gifs_xmp = format == "gif" && metadata.xmp.find('\0') == std::string::npos;
  losses.check(!metadata.xmp.empty() && !is_gifs_xmp, "png webp jpeg tiff", "XMP");
  losses.check(!metadata.iptc.empty(), "png jpeg tiff", "IPTC");
  losses.check(!metadata.photoshop.empty(), "png jpeg tiff", "image resources of Photoshop");
  const std::string texts = names_of_texts(metadata, format != "gif");
  losses.check(!texts.empty(), "png jpeg tiff", "texts", texts);
  losses.check(is_resolution(metadata.resolution), "png webp bmp jpeg tiff", "a resolution");
  losses.check(!metadata.icc.empty(), "png webp bmp jpeg tiff", "a colour profile");
  const bool is_srgb = meaning_of(metadata.colours, false).kind == ColourMeaning::Kind::srgb;
  losses.check(metadata.icc.empty() && !is_srgb, "png", "colours other than sRGB's");
  losses.check(!metadata.png_chunks.empty(), "png", "PNG chunks", names_of_chunks(metadata));
}

std::string title_of(std::string_view format) {
  if (format == "jpeg") return "JPEG";
  if (format == "png") return "PNG";
  if (format == "tiff") return "TIFF";
  if (format == "webp") return "WebP";
  return format == "gif" ? "GIF" : "BMP";
}

}  // namespace

std::optional<std::string> left_out(const Metadata& metadata, std::string_view format) {
  Losses losses(format);
  check_all(metadata, format, losses);
  if (const std::string sentence = losses.sentence(); !sentence.empty()) {
    return title_of(format) + " " + sentence;
  }
  return std::nullopt;
}

// The colour space stands at byte 16 of a profile's header, 128 bytes (ICC.1:2010, 7.2.6).
bool profile_fits(std::string_view profile, int colour_channels) {
  return profile.size() >= 128 && profile.substr(16, 4) == (colour_channels == 1 ? "GRAY" : "RGB ");
}

}  // namespace tilework::imageio
