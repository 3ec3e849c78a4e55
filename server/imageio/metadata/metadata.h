// What an image file says besides its pixels. Plain values, whatever the format that they came from: readers
// fill them, agree() makes them true for the pixels of the result, and each format's writer stores what it
// has a place for and says what it left out. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tilework::imageio {

// Pixels along a length. Without a unit, only the proportion of the two means something.
struct Resolution {
  enum class Unit { none, inch, centimetre };
  double x = 1;
  double y = 1;
  Unit unit = Unit::none;
  friend bool operator==(const Resolution&, const Resolution&) = default;
};

// A remark under a keyword, as PNG has them ("Title", "Author", "Comment", ...); all in UTF-8.
struct Text {
  std::string keyword;
  std::string text;
  std::string language;    // as in RFC 3066; empty if it isn't known
  std::string translated;  // the keyword in that language
  friend bool operator==(const Text&, const Text&) = default;
};

// What the samples' values mean where no ICC profile says it: PNG's chunks (PNG 3rd edition, 11.3.2).
struct ColourSpace {
  std::optional<double> gamma;                          // gAMA: samples are light to the power of this
  std::optional<std::array<double, 8>> chromaticities;  // cHRM: x and y of white, red, green, blue
  std::optional<int> srgb_intent;                       // sRGB: 0 to 3
  std::optional<std::array<std::uint8_t, 4>> cicp;      // cICP: primaries, transfer, matrix, full range
  bool empty() const { return !gamma && !chromaticities && !srgb_intent && !cicp; }
  friend bool operator==(const ColourSpace&, const ColourSpace&) = default;
};

struct Metadata {
  std::string icc;  // a profile
  // A TIFF structure ("II*\0" or "MM\0*" first) as EXIF has it, without "Exif\0\0". Of a TIFF file, this is
  // its first directory without what tells how pixels are stored: GeoTIFF's and GDAL's tags are in it, too.
  std::string exif;
  std::string xmp;        // one packet, however many a file had it in
  std::string iptc;       // IIM records
  std::string photoshop;  // image resources ("8BIM" first) but IPTC and thumbnails
  std::vector<Text> texts;
  std::optional<Resolution> resolution;
  ColourSpace colours;
  std::vector<std::string> png_chunks;  // whole, unknown to us and safe to copy by their names

  bool empty() const {
    return icc.empty() && exif.empty() && xmp.empty() && iptc.empty() && photoshop.empty() && texts.empty() &&
           !resolution && colours.empty() && png_chunks.empty();
  }
  friend bool operator==(const Metadata&, const Metadata&) = default;
};

}  // namespace tilework::imageio
