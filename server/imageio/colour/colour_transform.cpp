#include "server/imageio/colour/colour_transform.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include <vips/vips.h>

#include "schema/model/error.h"

namespace tilework::imageio {
namespace {

constexpr std::size_t longest_name = 60;
constexpr int table_bits = 20;  // of ColourTransform's table: 8 MiB, as a processor's cache has

// What a profile calls itself, as far as it can be printed.
std::string name_of(void* profile) {
  char text[256] = {};
  cmsGetProfileInfoASCII(profile, cmsInfoDescription, "en", "US", text, sizeof text - 1);
  std::string name(text);
  std::erase_if(name, [](unsigned char c) { return c < 0x20 || c > 0x7e; });
  if (name.size() > longest_name) name = name.substr(0, longest_name) + "...";
  return name;
}

// Only profiles of devices and of colour spaces turn their own colours into others'.
bool is_of_cmyk(void* profile) {
  const auto kind = cmsGetDeviceClass(profile);
  return cmsGetColorSpace(profile) == cmsSigCmykData &&
         (kind == cmsSigOutputClass || kind == cmsSigInputClass || kind == cmsSigDisplayClass ||
          kind == cmsSigColorSpaceClass);
}

OwnedProfile opened(const void* bytes, std::size_t size) {
  return OwnedProfile(cmsOpenProfileFromMem(bytes, static_cast<cmsUInt32Number>(size)));
}

// That libvips takes for files without one, and comes with.
OwnedProfile offset_printing() {
  VipsBlob* blob = nullptr;
  if (vips_profile_load("cmyk", &blob, nullptr) != 0) return nullptr;
  std::size_t size = 0;
  const void* bytes = vips_blob_get(blob, &size);
  OwnedProfile profile = opened(bytes, size);  // a copy
  vips_area_unref(VIPS_AREA(blob));
  return profile;
}

std::uint32_t layout_of(PixelFormat format) {
  switch (format.depth) {
    case Depth::u8:
      return format.has_alpha() ? TYPE_BGRA_8 : TYPE_BGR_8;
    case Depth::u16:
      return format.has_alpha() ? TYPE_BGRA_16 : TYPE_BGR_16;
    default:
      return format.has_alpha() ? TYPE_BGRA_FLT : TYPE_BGR_FLT;
  }
}

// Without lcms's optimizations, which replace the profile by a grid of few colours: that was up to 15 of 255
// off where colours leave sRGB, and no quicker than the table of known colours.
OwnedTransform to_srgb(void* from, std::uint32_t layout, PixelFormat to) {
  if (from == nullptr) return nullptr;
  const OwnedProfile srgb(cmsCreate_sRGBProfile());
  return OwnedTransform(cmsCreateTransform(from, layout, srgb.get(), layout_of(to),
                                           INTENT_RELATIVE_COLORIMETRIC,
                                           cmsFLAGS_NOOPTIMIZE | cmsFLAGS_COPY_ALPHA));
}

// A row as lcms takes L*a*b* in float.
template <typename T, typename Signed>
void unpack_lab(const cv::Mat& from, int row, int channels, std::vector<float>& to) {
  constexpr float largest = std::numeric_limits<T>::max();
  constexpr float step = sizeof(T) == 1 ? 1.0F : 1.0F / 256;
  const T* in = from.ptr<T>(row);
  for (std::size_t i = 0; i < to.size(); i += static_cast<std::size_t>(channels), in += channels) {
    to[i] = static_cast<float>(in[0]) * 100 / largest;
    for (std::size_t c = 1; c < 3; ++c) to[i + c] = static_cast<float>(static_cast<Signed>(in[c])) * step;
    if (channels == 4) to[i + 3] = static_cast<float>(in[3]) / largest;
  }
}

}  // namespace

ColourTransform::ColourTransform(RawColours raw, const std::string& profile, std::vector<std::string>& notes)
    : raw_(raw) {
  if (raw.model == ColourModel::cmyk) {
    open_cmyk(profile, notes);
  } else {
    const OwnedProfile lab(cmsCreateLab4Profile(nullptr));  // of D50
    // To float: on the way to 16 bit, lcms would cut off what is outside of XYZ's range.
    transform_ =
        to_srgb(lab.get(), raw.alpha ? TYPE_LabA_FLT : TYPE_Lab_FLT, {Depth::f32, raw.converted().channels});
    notes.push_back("CIE colours converted to sRGB at 16 bit");
  }
  if (transform_ == nullptr) throw Error(Fault::failed, "the colour library lcms can't convert to sRGB");
}

void ColourTransform::open_cmyk(const std::string& profile, std::vector<std::string>& notes) {
  const OwnedProfile own = profile.empty() ? nullptr : opened(profile.data(), profile.size());
  const auto layout = [this] {
    const bool wide = raw_.depth == Depth::u16;
    constexpr std::uint32_t alpha_16 = TYPE_CMYK_16 | EXTRA_SH(1);
    return raw_.alpha && wide ? alpha_16 : wide ? TYPE_CMYK_16 : TYPE_CMYK_8;
  }();
  // Of 8 bit, known colours pass lcms by, and the alpha does always.
  const PixelFormat to = raw_.depth == Depth::u8 ? PixelFormat{Depth::u8, 3} : raw_.converted();
  if (own != nullptr && is_of_cmyk(own.get())) transform_ = to_srgb(own.get(), layout, to);
  if (transform_ != nullptr) {
    const std::string name = name_of(own.get());
    notes.push_back("CMYK converted to sRGB by the file's own profile" +
                    (name.empty() ? "" : " (" + name + ")") + ", which was left out");
    return;
  }
  transform_ = to_srgb(offset_printing().get(), layout, to);
  notes.push_back(
      std::string("CMYK converted to sRGB as for common offset printing: the file") +
      (profile.empty() ? " has no profile" : "'s profile is damaged or not one of CMYK, and was left out"));
}

void ColourTransform::convert(const cv::Mat& from, cv::Mat& to) {
  if (raw_.model == ColourModel::lab) {
    convert_lab(from, to);
  } else if (raw_.depth == Depth::u16) {
    cmsDoTransformLineStride(transform_.get(), from.data, to.data, static_cast<std::uint32_t>(from.cols),
                             static_cast<std::uint32_t>(from.rows), static_cast<std::uint32_t>(from.step),
                             static_cast<std::uint32_t>(to.step), 0, 0);
  } else {
    for (int y = 0; y < from.rows; ++y) convert_inks(from.ptr(y), to.ptr(y), from.cols);
  }
}

void ColourTransform::convert_lab(const cv::Mat& from, cv::Mat& to) {
  std::vector<float> row(static_cast<std::size_t>(from.cols) * static_cast<std::size_t>(from.channels()));
  cv::Mat made(1, to.cols, CV_MAKETYPE(CV_32F, to.channels()));
  for (int y = 0; y < from.rows; ++y) {
    if (raw_.depth == Depth::u8) {
      unpack_lab<std::uint8_t, std::int8_t>(from, y, from.channels(), row);
    } else {
      unpack_lab<std::uint16_t, std::int16_t>(from, y, from.channels(), row);
    }
    cmsDoTransform(transform_.get(), row.data(), made.data, static_cast<std::uint32_t>(from.cols));
    cv::Mat row_of_result = to.row(y);
    made.convertTo(row_of_result, CV_16U, 65535);
  }
}

void ColourTransform::convert_inks(const std::uint8_t* from, std::uint8_t* to, int width) {
  const int in_step = raw_.channels(), out_step = raw_.converted().channels;
  known_.resize(std::size_t{1} << table_bits);
  const auto entry = [this](std::uint32_t inks) -> Known& {
    return known_[inks * 2654435761U >> (32 - table_bits)];  // Fibonacci hashing: 2^32 by the golden ratio
  };
  new_inks_.clear();
  new_places_.clear();
  for (int x = 0; x < width; ++x) {
    const std::uint8_t* pixel = from + std::ptrdiff_t{x} * in_step;
    std::uint8_t* result = to + std::ptrdiff_t{x} * out_step;
    std::uint32_t inks = 0;
    std::memcpy(&inks, pixel, 4);
    if (const Known& found = entry(inks); found.known && found.inks == inks) {
      std::memcpy(result, found.bgr, 3);
    } else {
      new_inks_.push_back(inks);
      new_places_.push_back(x);
    }
    if (raw_.alpha) result[3] = pixel[4];
  }
  new_bgr_.resize(3 * new_inks_.size());
  cmsDoTransform(transform_.get(), new_inks_.data(), new_bgr_.data(),
                 static_cast<std::uint32_t>(new_inks_.size()));
  for (std::size_t i = 0; i < new_inks_.size(); ++i) {
    Known& made = entry(new_inks_[i]);
    made = {new_inks_[i], true, {new_bgr_[3 * i], new_bgr_[3 * i + 1], new_bgr_[3 * i + 2]}};
    std::memcpy(to + std::ptrdiff_t{new_places_[i]} * out_step, made.bgr, 3);
  }
}

}  // namespace tilework::imageio
