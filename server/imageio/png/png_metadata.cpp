#include "server/imageio/png/png_metadata.h"

#include <algorithm>
#include <array>

#include "server/imageio/metadata/byte_order.h"
#include "server/imageio/metadata/character_sets.h"
#include "server/imageio/metadata/exif.h"
#include "server/imageio/metadata/exif_block.h"
#include "server/imageio/png/deflated.h"
#include "server/imageio/png/png_chunk.h"
#include "server/imageio/png/raw_profile.h"

namespace tilework::imageio {
namespace {

constexpr std::string_view xmp_keyword = "XML:com.adobe.xmp";

// Bytes of what isn't pixels that decoders get: what JPEG can hold. libpng reads EXIF byte by byte, and
// libvips has it do that twice: 80 ms for a megabyte. Of other chunks it takes memory for as much as they
// say, up to 2 GiB, before it looks for that much in the file.
constexpr std::uint64_t quick_chunk = 64 << 10;

// Which pixels don't need, as they begin with a small letter (PNG 3rd edition, 5.4).
bool is_ancillary(std::string_view type) {
  return type[0] >= 'a';
}

// Up to a zero byte, which is taken as well.
std::optional<std::string_view> take_field(std::string_view& body) {
  const std::size_t end = body.find('\0');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view field = body.substr(0, end);
  body.remove_prefix(end + 1);
  return field;
}

class Reader {
 public:
  explicit Reader(FileMetadata& file) : file_(file), metadata_(file.metadata) {}

  void take(const PngChunk& chunk) {
    if (is_ancillary(chunk.type) && chunk.bytes > quick_chunk) {
      file_.not_for_decoders.push_back({chunk.at, 12 + static_cast<std::int64_t>(chunk.bytes)});
      file_.hides_exif = file_.hides_exif || chunk.type == "eXIf";
    }
    if (chunk.body) {
      take(chunk.type, *chunk.body);
    } else if (chunk.type == "IDAT") {
      had_pixels_ = true;
    } else if (chunk.type == "fcTL") {
      is_still_a_frame_ = is_still_a_frame_ || !had_pixels_;
    } else if (chunk.type != "fdAT") {
      too_large_ += chunk.bytes;
    }
  }

  void finish() {
    settle_resolution(metadata_, false);
    note_frames();
    note_samples();
    if (too_large_ > 0) file_.notes.push_back(too_large(too_large_));
  }

 private:
  void take(std::string_view type, std::string_view body) {
    if (take_colours(type, body)) return;
    if (type == "IHDR" && body.size() == 13) {
      take_header(body);
    } else if (type == "acTL" && body.size() == 8) {
      frames_ = big_at(body, 0, 4);
    } else if (type == "pHYs" && body.size() == 9) {
      take_resolution(big_at(body, 0, 4), big_at(body, 4, 4), body[8] == 1);
    } else if (type == "eXIf") {
      if (std::string block = exif_block(std::string(body)); !block.empty())
        metadata_.exif = std::move(block);
    } else if (type == "tEXt" || type == "zTXt") {
      take_text(body, type == "zTXt");
    } else if (type == "iTXt") {
      take_international_text(body);
    } else if (!take_of_samples(type, body)) {
      take_unknown(type, body);
    }
  }

  void take_header(std::string_view body) {
    file_.storage.bits = body[8] < 8 ? body[8] : 0;
    file_.storage.palette = body[9] == 3;
    file_.storage.interlaced = body[12] == 1;
    bits_ = body[9] == 3 ? 8 : body[8];
    has_alpha_ = body[9] == 4 || body[9] == 6;
  }

  void note_frames() {
    const std::string frames = std::to_string(frames_);
    if (frames_ > 0 && had_pixels_ && !is_still_a_frame_) {
      file_.notes.push_back("animated PNG: only the still image is used, which is none of its frames (" +
                            frames + ")");
    } else if (frames_ > 1) {
      file_.notes.push_back("animated PNG: only the still image of " + frames + " frames is used");
    }
  }

  // Of the samples as they were; an image has others.
  bool take_of_samples(std::string_view type, std::string_view body) {
    if (type == "tRNS") has_alpha_ = true;
    if (type == "bKGD") has_background_ = true;
    if (type == "sPLT") has_palette_ = true;
    if (type == "sBIT") has_few_bits_ = std::ranges::any_of(body, [this](char bits) { return bits < bits_; });
    return type == "tRNS" || type == "bKGD" || type == "sPLT" || type == "sBIT";
  }

  void note_samples() {
    std::string lost;
    if (has_few_bits_) lost += ", significant bits";
    if (has_background_ && has_alpha_) lost += ", a background colour";
    if (has_palette_) lost += ", a suggested palette";
    if (lost.empty()) return;
    file_.notes.push_back("what PNG says of the file's own samples was left out: " + lost.substr(2));
  }

  void take_resolution(std::uint32_t x, std::uint32_t y, bool is_metre) {
    if (x == 0 || y == 0) return;
    metadata_.resolution = is_metre ? Resolution{x / 100.0, y / 100.0, Resolution::Unit::centimetre}
                                    : Resolution{double(x), double(y), Resolution::Unit::none};
  }

  bool take_colours(std::string_view type, std::string_view body) {
    ColourSpace& colours = metadata_.colours;
    if (type == "iCCP") {
      take_profile(body);
    } else if (type == "gAMA") {
      if (body.size() == 4 && big_at(body, 0, 4) > 0) colours.gamma = big_at(body, 0, 4) / 100'000.0;
    } else if (type == "cHRM") {
      if (body.size() != 32) return true;
      colours.chromaticities.emplace();
      for (std::size_t i = 0; i < 8; ++i) {
        (*colours.chromaticities)[i] = big_at(body, 4 * i, 4) / 100'000.0;
      }
    } else if (type == "sRGB") {
      if (body.size() == 1 && big_at(body, 0, 1) < 4) colours.srgb_intent = body[0];
    } else if (type == "cICP") {
      if (body.size() == 4) std::ranges::copy(body, colours.cicp.emplace().begin());
    } else {
      return false;
    }
    return true;
  }

  void take_profile(std::string_view body) {
    if (!take_field(body) || !body.starts_with('\0')) return;  // packed in the one way that there is
    if (auto profile = unpacked(body.substr(1))) metadata_.icc = *std::move(profile);
  }

  void take_text(std::string_view body, bool is_packed) {
    const auto keyword = take_field(body);
    if (!keyword || keyword->empty()) return;
    std::optional<std::string> text(body);
    if (is_packed) text = body.starts_with('\0') ? unpacked(body.substr(1)) : std::nullopt;
    if (!text || is_raw_profile(*keyword, *text)) return;
    if (*keyword == xmp_keyword) {  // libvips packs it as a plain text
      metadata_.xmp = *std::move(text);
    } else {
      add({utf8_of_latin1(*keyword), utf8_of_latin1(*text), {}, {}});
    }
  }

  // Of a type that is known.
  bool is_raw_profile(std::string_view keyword, std::string_view text) {
    if (!keyword.starts_with(raw_profile_prefix)) return false;
    auto bytes = bytes_of_raw_profile(text);
    return bytes && take_raw_profile(keyword.substr(raw_profile_prefix.size()), *std::move(bytes), metadata_);
  }

  void take_international_text(std::string_view body) {
    const auto keyword = take_field(body);
    if (!keyword || keyword->empty() || body.size() < 2) return;
    const bool is_packed = body[0] == 1;
    body.remove_prefix(2);  // with the way it is packed
    const auto language = take_field(body);
    const auto translated = take_field(body);
    if (!language || !translated) return;
    auto text = is_packed ? unpacked(body) : std::optional<std::string>(body);
    if (!text) return;
    if (*keyword == xmp_keyword) {
      metadata_.xmp = *std::move(text);
    } else if (is_utf8(*text) && is_utf8(*translated)) {
      add({utf8_of_latin1(*keyword), *std::move(text), utf8_of_latin1(*language), std::string(*translated)});
    }
  }

  // Chunks that may go into a changed file say so by a small fourth letter; the first is that of those that
  // aren't needed (PNG 3rd edition, 5.4). Of others, what a screen, a scene or a scale was stays true.
  void take_unknown(std::string_view type, std::string_view body) {
    constexpr std::string_view lasting[] = {"mDCV", "cLLI", "sCAL", "pCAL", "sTER"};
    const auto is_small = [](char c) { return c >= 'a'; };
    const bool is_lasting = std::ranges::find(lasting, type) != std::end(lasting);
    if (is_lasting || (is_small(type[0]) && is_small(type[3])))
      metadata_.png_chunks.push_back(png_chunk(type, body));
  }

  void add(Text text) {
    std::erase(text.text, '\0');  // no text has it
    metadata_.texts.push_back(std::move(text));
  }

  std::optional<std::string> unpacked(std::string_view packed) {
    auto bytes = inflated(packed, std::min(largest_chunk, most_metadata - unpacked_));
    if (bytes) unpacked_ += bytes->size();
    return bytes;
  }

  FileMetadata& file_;
  Metadata& metadata_;
  std::size_t unpacked_ = 0;     // bytes, of all chunks
  std::uint64_t too_large_ = 0;  // bytes that weren't taken
  std::uint32_t frames_ = 0;
  bool is_still_a_frame_ = false;
  bool had_pixels_ = false;
  int bits_ = 8;  // of a sample
  bool has_alpha_ = false;
  bool has_few_bits_ = false;
  bool has_background_ = false;
  bool has_palette_ = false;
};

}  // namespace

FileMetadata read_png_metadata(int fd) {
  FileMetadata file;
  file.storage.format = "png";
  Reader reader(file);
  for_each_png_chunk(fd, [&](const PngChunk& chunk) { reader.take(chunk); });
  reader.finish();
  return file;
}

}  // namespace tilework::imageio
