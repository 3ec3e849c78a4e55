#include "server/imageio/tiff/tiff_kind.h"

#include <cmath>
#include <cstdio>
#include <map>

#include "schema/model/error.h"

namespace tilework::imageio {
namespace {

using Kind = SampleType::Kind;
using Way = TiffKind::Way;

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw UserError(name + " can't be read: " + why);
}

// That libtiff can't always decode, or never.
std::string words_for_compression(int compression) {
  static const std::map<int, std::string> names{
      {COMPRESSION_OJPEG, "old-style JPEG"},
      {COMPRESSION_JBIG, "JBIG"},
      {COMPRESSION_T85, "JBIG"},
      {COMPRESSION_T43, "JBIG"},
      {33003, "JPEG 2000"},
      {33005, "JPEG 2000"},
      {COMPRESSION_JP2000, "JPEG 2000"},
      {COMPRESSION_LERC, "LERC"},
      {COMPRESSION_LZMA, "LZMA"},
      {COMPRESSION_ZSTD, "ZSTD"},
      {COMPRESSION_WEBP, "WebP"},
      {COMPRESSION_JXL, "JPEG XL"},
      {52546, "JPEG XL"},
      {32767, "Sony's for raw pictures"},
      {34713, "Nikon's for raw pictures"},
      {34892, "JPEG for raw pictures"},
      {65000, "Kodak's for raw pictures"},
      {65535, "Pentax's for raw pictures"},
  };
  const auto found = names.find(compression);
  return found == names.end() ? "number " + std::to_string(compression)
                              : found->second + " (number " + std::to_string(compression) + ")";
}

std::string name_of_photometric(int photometric) {
  static const std::map<int, std::string> names{
      {PHOTOMETRIC_MASK, "a transparency mask"},
      {PHOTOMETRIC_ICCLAB, "ICC L*a*b* colours"},
      {PHOTOMETRIC_ITULAB, "ITU L*a*b* colours"},
      {PHOTOMETRIC_CFA, "a camera's raw data (CFA)"},
      {34892, "a camera's raw data (LinearRaw)"},
      {PHOTOMETRIC_LOGL, "logarithms of luminance (LogL)"},
      {PHOTOMETRIC_LOGLUV, "logarithms of luminance, and u'v' colours (LogLuv)"},
      {51177, "a depth map"},
      {52527, "a semantic mask"},
  };
  const auto found = names.find(photometric);
  return found == names.end() ? "colours of an unknown kind, number " + std::to_string(photometric)
                              : found->second;
}

bool is_raw(int photometric) {
  return photometric == PHOTOMETRIC_CFA || photometric == 34892;
}

void check_photometric(const TiffFields& fields, const std::string& name) {
  switch (fields.photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_RGB:
    case PHOTOMETRIC_PALETTE:
    case PHOTOMETRIC_YCBCR:
    case PHOTOMETRIC_CIELAB:
      return;
    case PHOTOMETRIC_SEPARATED:
      if (fields.inks == INKSET_CMYK && (fields.samples == 4 || fields.samples == 5)) return;
      refuse(name, "its colours are " + std::to_string(fields.samples) +
                       " inks that aren't cyan, magenta, yellow and black; save it as RGB or gray");
    default:
      refuse(name, "its pixels are " + name_of_photometric(fields.photometric) +
                       (is_raw(fields.photometric) ? "; develop it in a raw converter, and save it as RGB"
                                                   : "; save it as RGB or gray"));
  }
}

void check_compression(const TiffFields& fields, const std::string& name) {
  const auto compression = static_cast<std::uint16_t>(fields.compression);
  if (TIFFIsCODECConfigured(compression) == 0) {
    refuse(name, "its compression is " + words_for_compression(fields.compression) +
                     ", which Tilework doesn't know; save it with LZW or Deflate");
  }
  if (compression == COMPRESSION_JPEG && fields.bits != 8) {
    refuse(name, "it is JPEG with samples of " + std::to_string(fields.bits) +
                     " bits; save it with LZW or Deflate");
  }
  const bool is_predicted = compression == COMPRESSION_LZW || compression == COMPRESSION_DEFLATE ||
                            compression == COMPRESSION_ADOBE_DEFLATE || compression == COMPRESSION_ZSTD;
  const int bits = fields.bits;
  const bool is_known =
      fields.predictor == PREDICTOR_NONE ||
      (fields.predictor == PREDICTOR_HORIZONTAL && (bits == 8 || bits == 16 || bits == 32 || bits == 64)) ||
      (fields.predictor == PREDICTOR_FLOATINGPOINT && fields.sample_format == SAMPLEFORMAT_IEEEFP &&
       (bits == 16 || bits == 24 || bits == 32 || bits == 64));
  if (is_predicted && !is_known) {
    refuse(name, "its compression has predictor " + std::to_string(fields.predictor) + " with samples of " +
                     std::to_string(bits) + " bits; save it without a predictor");
  }
}

std::string name_of_samples(const TiffFields& fields) {
  const std::string bits = std::to_string(fields.bits) + "-bit ";
  switch (fields.sample_format) {
    case SAMPLEFORMAT_INT:
      return bits + "signed integers";
    case SAMPLEFORMAT_IEEEFP:
      return bits + "floating point numbers";
    case SAMPLEFORMAT_COMPLEXINT:
    case SAMPLEFORMAT_COMPLEXIEEEFP:
      return bits + "complex numbers";
    default:
      return bits + "unsigned integers";
  }
}

SampleType sample_type(const TiffFields& fields, const std::string& name) {
  const SampleType type{fields.sample_format == SAMPLEFORMAT_INT      ? Kind::negative_too
                        : fields.sample_format == SAMPLEFORMAT_IEEEFP ? Kind::floating
                                                                      : Kind::whole,
                        fields.bits};
  const bool is_complex =
      fields.sample_format == SAMPLEFORMAT_COMPLEXINT || fields.sample_format == SAMPLEFORMAT_COMPLEXIEEEFP;
  if (is_complex || !has_depth(type)) {
    refuse(name, "its samples are " + name_of_samples(fields) +
                     "; convert it to 8 or 16 bit unsigned, or to 32 bit float");
  }
  return type;
}

// After settle_inversion().
void note_samples(const TiffFields& fields, TiffKind& kind) {
  const bool is_f32 = kind.format.depth == Depth::f32;
  const std::string rounded = is_rounded(kind.samples) ? ", rounded to 24 significant bits" : "";
  const std::string became = name_of_samples(fields) + " became 32-bit floating point numbers";
  if (is_f32 && kind.inverted) {
    char note[100];
    const bool is_same_type = is_ours(kind.samples);
    std::snprintf(note, sizeof note, "%s %.10g - v: in the file, the least is white",
                  is_same_type ? " v became" : ", v as", kind.white);
    kind.notes.push_back((is_same_type ? name_of_samples(fields) : became) + note + rounded);
  } else if (is_f32 && !is_ours(kind.samples)) {
    kind.notes.push_back(became + " of the same values" + rounded);
  } else if (const int bits = fields.bits; !is_ours(kind.samples) && bits != 1 && bits != 2 && bits != 4) {
    // Steps of these are whole.
    kind.notes.push_back(std::to_string(bits) + "-bit samples scaled to " + (bits < 8 ? "8" : "16") + " bit");
  }
}

// Of the last channel, which is taken for alpha.
void note_alpha(const TiffFields& fields, TiffKind& kind) {
  const int meaning = fields.extra_samples.empty() ? EXTRASAMPLE_UNSPECIFIED : fields.extra_samples.back();
  // What whole numbers that became floating point ones were divided by isn't known.
  const bool has_white = kind.format.depth != Depth::f32 || kind.samples.kind == Kind::floating;
  kind.premultiplied = meaning == EXTRASAMPLE_ASSOCALPHA && has_white;
  if (meaning == EXTRASAMPLE_ASSOCALPHA && !has_white) {
    kind.notes.emplace_back("colours were multiplied by alpha, and stay so");
  } else if (kind.premultiplied) {
    kind.notes.emplace_back("colours were multiplied by alpha, and have been divided by it");
  } else if (meaning != EXTRASAMPLE_UNASSALPHA) {
    kind.notes.emplace_back("the last channel, of which the file doesn't say what it is, is taken for alpha");
  }
}

// Infrared, a spot ink, a selection: a channel that filters would take for alpha, and that isn't. Files that
// say nothing at all of their last channel come from programs that mean alpha.
bool drop_other_channel(const TiffFields& fields, TiffKind& kind) {
  if (fields.extra_samples.empty() || fields.extra_samples.back() != EXTRASAMPLE_UNSPECIFIED) return false;
  --kind.format.channels;
  kind.notes.emplace_back("the last channel, which isn't alpha as the file says, was left out");
  return true;
}

// To Tilework, the last channel of two or four is alpha.
void settle_alpha(const TiffFields& fields, TiffKind& kind) {
  const int colours = fields.photometric == PHOTOMETRIC_RGB ? 3 : 1;
  const bool is_even = fields.samples == 2 || fields.samples == 4;
  kind.has_alpha = is_even && !drop_other_channel(fields, kind);
  if (colours == 1 && kind.format.channels - (kind.has_alpha ? 1 : 0) == 3) {
    kind.notes.emplace_back("gray with two more channels is taken for red, green and blue");
  }
  if (kind.has_alpha) note_alpha(fields, kind);
}

void settle_inversion(const TiffFields& fields, TiffKind& kind) {
  kind.inverted = fields.photometric == PHOTOMETRIC_MINISWHITE;
  if (kind.format.depth != Depth::f32) {
    kind.white = kind.format.depth == Depth::u8 ? 255 : 65535;
  } else if (kind.samples.kind == Kind::floating) {
    kind.white = 1;
  } else {  // the least value changes places with the greatest
    kind.white = kind.samples.kind == Kind::whole ? std::ldexp(1.0, kind.samples.bits) - 1 : -1;
  }
}

TiffKind plain_kind(const TiffFields& fields, const std::string& name) {
  if (fields.samples > 4 || fields.samples < 1) {
    refuse(name, "it has " + std::to_string(fields.samples) + " channels, and Tilework takes 1 to 4");
  }
  if (fields.photometric == PHOTOMETRIC_RGB && fields.samples < 3) {
    refuse(name, "it has " + std::to_string(fields.samples) + " channels, and says that they are RGB");
  }
  TiffKind kind;
  kind.samples = sample_type(fields, name);
  kind.format = {depth_of(kind.samples), fields.samples};
  settle_alpha(fields, kind);
  settle_inversion(fields, kind);
  note_samples(fields, kind);
  return kind;
}

// Values up to 255 are 8-bit ones, of old programs; else the higher byte counts, since there are programs
// that multiplied bytes by 256, and such that did by 257.
cv::Mat palette_of(const std::array<std::vector<std::uint16_t>, 3>& stored) {
  const cv::Mat red(1, static_cast<int>(stored[0].size()), CV_16U,
                    const_cast<std::uint16_t*>(stored[0].data()));
  const cv::Mat green(red.size(), CV_16U, const_cast<std::uint16_t*>(stored[1].data()));
  const cv::Mat blue(red.size(), CV_16U, const_cast<std::uint16_t*>(stored[2].data()));
  cv::Mat colours;
  cv::merge(std::vector<cv::Mat>{blue, green, red}, colours);
  const bool is_8_bit = cv::countNonZero(colours.reshape(1) > 255) == 0;
  cv::Mat palette(colours.size(), CV_8UC3);
  bool is_gray = true;
  for (int i = 0; i < colours.cols; ++i) {
    const auto& from = colours.at<cv::Vec3w>(i);
    auto& to = palette.at<cv::Vec3b>(i);
    for (int c = 0; c < 3; ++c) to[c] = static_cast<std::uint8_t>(is_8_bit ? from[c] : from[c] >> 8);
    is_gray &= to[0] == to[1] && to[1] == to[2];
  }
  cv::Mat gray;
  if (is_gray) cv::extractChannel(palette, gray, 0);
  return is_gray ? gray : palette;
}

TiffKind palette_kind(const TiffFields& fields, const std::string& name) {
  if (fields.samples != 1) refuse(name, "it has a palette and more than one channel; save it as RGB or gray");
  TiffKind kind;
  kind.samples = sample_type(fields, name);
  if (kind.samples.kind != Kind::whole || kind.samples.bits > 16) {
    refuse(name, "it has a palette, and " + name_of_samples(fields) + " for indices; save it as RGB or gray");
  }
  for (const auto& colour : fields.palette) {
    if (colour.size() != std::size_t{1} << fields.bits) refuse(name, "its palette is damaged");
  }
  kind.palette = palette_of(fields.palette);
  kind.format = {Depth::u8, kind.palette.channels()};
  return kind;
}

TiffKind ycbcr_kind(const TiffFields& fields, const std::string& name) {
  if (fields.samples != 3 || fields.bits != 8) {
    refuse(name, "it is YCbCr with " + std::to_string(fields.samples) + " channels of " +
                     std::to_string(fields.bits) + " bits; save it as RGB");
  }
  TiffKind kind;
  kind.way = fields.compression == COMPRESSION_JPEG && !fields.apart ? Way::as_rgb : Way::by_pieces;
  kind.format = {Depth::u8, 3};
  return kind;
}

TiffKind raw_kind(ColourModel model, const TiffFields& fields, const std::string& name) {
  const bool is_cmyk = model == ColourModel::cmyk;
  const int colours = is_cmyk ? 4 : 3;
  const bool is_known_type =
      fields.sample_format == SAMPLEFORMAT_UINT || (!is_cmyk && fields.sample_format == SAMPLEFORMAT_INT);
  if (!is_known_type || (fields.bits != 8 && fields.bits != 16) || fields.samples < colours ||
      fields.samples > colours + 1) {
    refuse(name, std::string("it is ") + (is_cmyk ? "CMYK" : "CIE L*a*b*") + " with " +
                     std::to_string(fields.samples) + " channels of " + name_of_samples(fields) +
                     "; save it with 8 or 16 bit, and at most alpha besides");
  }
  TiffKind kind;
  kind.samples = {Kind::whole, fields.bits};
  kind.format = {depth_of(kind.samples), fields.samples};
  kind.has_alpha = fields.samples > colours && !drop_other_channel(fields, kind);
  kind.raw = RawColours{model, kind.format.depth, kind.has_alpha};
  if (kind.has_alpha) note_alpha(fields, kind);
  return kind;
}

}  // namespace

TiffKind kind_of(const TiffFields& fields, const std::string& name) {
  check_photometric(fields, name);
  check_compression(fields, name);
  switch (fields.photometric) {
    case PHOTOMETRIC_YCBCR:
      return ycbcr_kind(fields, name);
    case PHOTOMETRIC_PALETTE:
      return palette_kind(fields, name);
    case PHOTOMETRIC_SEPARATED:
      return raw_kind(ColourModel::cmyk, fields, name);
    case PHOTOMETRIC_CIELAB:
      return raw_kind(ColourModel::lab, fields, name);
    default:
      return plain_kind(fields, name);
  }
}

}  // namespace tilework::imageio
