#include "server/imageio/jpeg/jpeg_metadata.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "server/imageio/metadata/character_sets.h"
#include "server/imageio/metadata/directory.h"
#include "server/imageio/metadata/exif.h"
#include "server/imageio/metadata/photoshop.h"
#include "server/imageio/metadata/xmp.h"

namespace tilework::imageio {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view exif_name = "Exif\0\0"sv, xmp_name = "http://ns.adobe.com/xap/1.0/\0"sv,
                           extension_name = "http://ns.adobe.com/xmp/extension/\0"sv,
                           icc_name = "ICC_PROFILE\0"sv, photoshop_name = "Photoshop 3.0\0"sv,
                           pictures_name = "MPF\0"sv, jfif_name = "JFIF\0"sv,
                           gain_name = "urn:iso:std:iso:ts:21496:-1"sv, content_name = "JP"sv;
constexpr std::size_t digest_bytes = 32;
constexpr std::size_t most_bytes = 64 << 20;  // of all segments
constexpr TiffOrder order{.big_endian = true};

// Takes the segments of a file one after the other.
class Segments {
 public:
  explicit Segments(std::vector<std::string>& notes) : notes_(notes) {}

  // False after the last one of interest.
  bool take(unsigned marker, std::string_view body) {
    constexpr unsigned scan = 0xDA, comment = 0xFE;
    if (marker == scan) return false;
    if (marker == comment) metadata_.texts.push_back({"Comment", text_of(body), {}, {}});
    if (marker == 0xE0) take_jfif(body);
    if (marker == 0xE1) take_app1(body);
    if (marker == 0xE2) take_app2(body);
    if (marker == 0xEB) has_credentials_ = has_credentials_ || body.starts_with(content_name);
    if (marker == 0xED && body.starts_with(photoshop_name)) resources_ += body.substr(photoshop_name.size());
    return true;
  }

  Metadata finish() {
    metadata_.icc = profile();
    const ImageResources resources = split_resources(resources_);
    metadata_.iptc = resources.iptc;
    metadata_.photoshop = resources.others;
    join_extension();
    note_pictures();
    settle_resolution(metadata_, true);  // as ExifTool and libvips have it
    return std::move(metadata_);
  }

 private:
  // Comments have no encoding; what isn't UTF-8 is taken for Latin-1.
  static std::string text_of(std::string_view body) {
    while (body.ends_with('\0')) body.remove_suffix(1);
    return utf8_of_latin1(body);
  }

  void take_jfif(std::string_view body) {
    if (!body.starts_with(jfif_name) || body.size() < 12) return;
    const auto unit = static_cast<unsigned char>(body[7]);
    const auto x = static_cast<double>(order.number(body.substr(8, 2)));
    const auto y = static_cast<double>(order.number(body.substr(10, 2)));
    if (unit > 2 || x == 0 || y == 0 || (unit == 0 && x == y)) return;
    metadata_.resolution = {x, y, static_cast<Resolution::Unit>(unit)};
  }

  void take_app1(std::string_view body) {
    if (body.starts_with(exif_name) && metadata_.exif.empty()) {
      metadata_.exif = body.substr(exif_name.size());
    } else if (body.starts_with(xmp_name) && metadata_.xmp.empty()) {
      metadata_.xmp = body.substr(xmp_name.size());
    } else if (body.starts_with(extension_name)) {
      take_extension(body.substr(extension_name.size()));
    }
  }

  // Digest, length of the whole, where this part of it begins.
  void take_extension(std::string_view body) {
    if (body.size() < digest_bytes + 8) return;
    auto& extension = extensions_[std::string(body.substr(0, digest_bytes))];
    const std::size_t length = order.number(body.substr(digest_bytes, 4));
    const std::size_t offset = order.number(body.substr(digest_bytes + 4, 4));
    body.remove_prefix(digest_bytes + 8);
    if (length > most_bytes || offset > length || body.size() > length - offset) return;
    if (extension.bytes.empty()) extension.bytes.resize(length);
    if (extension.bytes.size() != length) return;
    extension.bytes.replace(offset, body.size(), body);
    extension.come += body.size();
  }

  void join_extension() {
    for (const auto& [digest, extension] : extensions_) {
      if (metadata_.xmp.find(digest) == std::string::npos) continue;
      if (extension.come == extension.bytes.size()) {
        metadata_.xmp = joined_xmp(metadata_.xmp, extension.bytes);
      } else {
        notes_.emplace_back("a part of XMP is missing in the file");
      }
    }
  }

  void take_app2(std::string_view body) {
    if (body.starts_with(icc_name) && body.size() > icc_name.size() + 2) {
      const auto number = static_cast<unsigned char>(body[icc_name.size()]);
      profile_parts_.emplace(number, body.substr(icc_name.size() + 2));
      profile_count_ = static_cast<unsigned char>(body[icc_name.size() + 1]);
    } else if (body.starts_with(pictures_name)) {
      pictures_ = body.substr(pictures_name.size());
    } else if (body.starts_with(gain_name)) {
      has_gain_map_ = true;
    }
  }

  std::string profile() const {
    if (profile_parts_.size() != profile_count_) return {};
    std::string whole;
    for (const auto& [number, part] : profile_parts_) whole += part;
    return whole;
  }

  // Entries of 16 bytes, of which the first word says in 24 bits what kind of picture it is.
  void note_pictures() {
    constexpr std::uint16_t entries_tag = 0xB002;
    constexpr unsigned kind_mask = 0xFFFFFF, first_kind = 0x030000, thumbnail_kinds = 0x01;
    const auto directory = read_first_directory(pictures_);
    const Field* entries = directory ? directory->find(entries_tag) : nullptr;
    const auto start = read_start(read_of(pictures_));
    std::size_t others = 0;
    for (std::size_t at = 0; entries != nullptr && at + 16 <= entries->values.size(); at += 16) {
      const auto kind = start->order.number(std::string_view(entries->values).substr(at, 4)) & kind_mask;
      if (at > 0 && kind != first_kind && kind >> 16 != thumbnail_kinds) ++others;
    }
    if (has_gain_map_ || tells_of_gain_map(metadata_.xmp)) {
      notes_.emplace_back("the HDR gain map was left out: the picture is as screens without HDR show it");
      others -= std::min<std::size_t>(others, 1);
    }
    if (others > 0) {
      notes_.push_back("several pictures in one JPEG (MPO): only the first of " + std::to_string(others + 1) +
                       " is used");
    }
    if (has_credentials_) {
      notes_.emplace_back(
          "content credentials (C2PA) were left out, since they vouch for the file as it was");
    }
  }

  struct Extension {
    std::string bytes;
    std::size_t come = 0;
  };

  std::vector<std::string>& notes_;
  Metadata metadata_;
  std::map<std::string, Extension> extensions_;  // by their digests
  std::map<unsigned, std::string> profile_parts_;
  std::size_t profile_count_ = 0;
  std::string resources_;
  std::string pictures_;
  bool has_gain_map_ = false;
  bool has_credentials_ = false;
};

// A marker with its length and body.
std::string segment(unsigned marker, std::string_view name, std::string_view body) {
  return std::string{'\xFF', static_cast<char>(marker)} + order.bytes_of(2 + name.size() + body.size(), 2) +
         std::string(name) + std::string(body);
}

constexpr std::size_t most_of(std::string_view name) {
  return 65533 - name.size();
}

// In pieces that a segment can hold.
template <class Name>
std::string segments(unsigned marker, std::string_view body, std::size_t piece, Name&& name) {
  std::string made;
  for (std::size_t at = 0; at < body.size(); at += piece) {
    made += segment(marker, name(at), body.substr(at, piece));
  }
  return made;
}

std::string extension_of(const SplitXmp& xmp) {
  const std::size_t piece = most_of(extension_name) - digest_bytes - 8;
  return segments(0xE1, xmp.extension, piece, [&](std::size_t at) {
    return std::string(extension_name) + xmp.digest + order.bytes_of(xmp.extension.size(), 4) +
           order.bytes_of(at, 4);
  });
}

std::string xmp_segments(const std::string& xmp, std::vector<std::string>& notes) {
  if (xmp.empty()) return {};
  const SplitXmp split = split_xmp(xmp, most_of(xmp_name));
  if (split.main.empty()) {
    notes.emplace_back("XMP that is too large for JPEG was left out");
    return {};
  }
  return segment(0xE1, xmp_name, split.main) + extension_of(split);
}

std::string icc_segments(const std::string& icc, std::vector<std::string>& notes) {
  const std::size_t piece = most_of(icc_name) - 2;
  const std::size_t count = (icc.size() + piece - 1) / piece;
  if (count > 255) {
    notes.emplace_back("a colour profile that is too large for JPEG was left out");
    return {};
  }
  return segments(0xE2, icc, piece, [&](std::size_t at) {
    return std::string(icc_name) + static_cast<char>(at / piece + 1) + static_cast<char>(count);
  });
}

// The largest fields go until the rest fits into a segment.
std::string exif_segment(std::string exif, std::vector<std::string>& notes) {
  if (exif.empty()) return {};
  if (exif.size() > most_of(exif_name)) {
    Directory first = read_first_directory(exif).value_or(Directory{});
    while (!first.fields.empty() && block_of(first).size() > most_of(exif_name)) {
      const auto largest = std::ranges::max_element(
          first.fields, {}, [](const auto& entry) { return entry.second.values.size(); });
      notes.push_back("a text or field that is too large for JPEG was left out (TIFF tag " +
                      std::to_string(largest->first) + ")");
      first.fields.erase(largest);
    }
    exif = block_of(first);
    if (exif.size() > most_of(exif_name)) return {};
  }
  return segment(0xE1, exif_name, exif);
}

// JFIF's whole numbers.
struct Density {
  Resolution::Unit unit = Resolution::Unit::none;
  unsigned x = 1, y = 1;
  double error = 0;  // of the greater one's, in parts of it
  bool is_exact() const { return error < 1e-4; }
};

Density density(const Resolution& resolution, double factor, Resolution::Unit unit) {
  const double x = resolution.x * factor, y = resolution.y * factor;
  const auto whole = [](double value) {
    return static_cast<unsigned>(std::clamp(value + 0.5, 1.0, 65535.0));
  };
  Density made{unit, whole(x), whole(y), 0};
  made.error = std::max(std::abs(made.x - x) / x, std::abs(made.y - y) / y);
  return made;
}

// Of whole numbers, 10000 to something where need be.
Density proportion_of(const Resolution& resolution) {
  const Density as_is = density(resolution, 1, Resolution::Unit::none);
  if (as_is.is_exact() && resolution.unit == Resolution::Unit::none) return as_is;
  Density made;
  if (resolution.x != resolution.y) {
    made = density(resolution, 10'000 / std::max(resolution.x, resolution.y), Resolution::Unit::none);
  }
  made.error = 1;
  return made;
}

// What isn't near whole numbers of either unit is left to EXIF.
Density density_of(const std::optional<Resolution>& resolution) {
  constexpr double most_error = 0.05;
  if (!resolution) return {};
  if (resolution->unit == Resolution::Unit::none) return proportion_of(*resolution);
  const Density as_is = density(*resolution, 1, resolution->unit);
  if (as_is.is_exact()) return as_is;
  const bool inches = resolution->unit == Resolution::Unit::inch;
  const Density other = density(*resolution, inches ? 1 / 2.54 : 2.54,
                                inches ? Resolution::Unit::centimetre : Resolution::Unit::inch);
  if (other.is_exact()) return other;
  if (std::min(as_is.error, other.error) > most_error) return proportion_of(*resolution);
  return as_is.error <= most_error ? as_is : other;
}

std::string jfif_segment(const Density& density) {
  std::string body{'\1', '\1', static_cast<char>(density.unit)};
  body += order.bytes_of(density.x, 2) + order.bytes_of(density.y, 2) + std::string(2, '\0');  // no thumbnail
  return segment(0xE0, jfif_name, body);
}

// What EXIF has no field for gets its keyword into the comment.
std::string comment_segments(const std::vector<Text>& texts, std::vector<std::string>& notes) {
  std::string made;
  for (const Text& text : texts) {
    const std::string line = text.keyword == "Comment" ? text.text : text.keyword + ": " + text.text;
    if (line.size() <= most_of("")) {
      made += segment(0xFE, "", line);
    } else {
      notes.push_back("a text that is too large for JPEG was left out: " + text.keyword);
    }
  }
  return made;
}

}  // namespace

Metadata read_jpeg_metadata(int fd, std::vector<std::string>& notes) {
  const ReadAt read = read_of(fd);
  Segments segments(notes);
  std::size_t left = most_bytes;
  for (std::uint64_t at = 2; const auto head = read(at, 4);) {
    if ((*head)[0] != '\xFF') break;
    const unsigned marker = static_cast<unsigned char>((*head)[1]);
    if (marker == 0xFF) {  // fill
      ++at;
      continue;
    }
    const std::size_t length = order.number(std::string_view(*head).substr(2, 2));
    if (length < 2 || length > left) break;
    const auto body = read(at + 4, length - 2);
    if (!body || !segments.take(marker, *body)) break;
    left -= length;
    at += 2 + length;
  }
  return segments.finish();
}

std::string jpeg_header(const Metadata& metadata, std::vector<std::string>& notes) {
  const Density density = density_of(metadata.resolution);
  std::string exif = metadata.exif;
  if (!density.is_exact() && !resolution_of(exif)) exif = with_resolution(exif, *metadata.resolution);
  std::string photoshop = join_resources({metadata.iptc, metadata.photoshop});
  const auto named = [](std::size_t) { return std::string(photoshop_name); };
  return "\xFF\xD8" + jfif_segment(density) + exif_segment(std::move(exif), notes) +
         xmp_segments(metadata.xmp, notes) + icc_segments(metadata.icc, notes) +
         segments(0xED, photoshop, most_of(photoshop_name), named) + comment_segments(metadata.texts, notes);
}

}  // namespace tilework::imageio
