#include "server/imageio/colour/made_profile.h"

#include <array>
#include <memory>

#include "server/imageio/colour/colour_meaning.h"
#include "server/imageio/colour/lcms_pointer.h"

namespace tilework::imageio {
namespace {

// A header has the time of making at byte 24: six numbers of two bytes (ICC.1:2010, 7.2.8).
constexpr std::size_t date_at = 24;
constexpr std::array<unsigned char, 12> fixed_date{2000 >> 8, 2000 & 0xff, 0, 1, 0, 1};

OwnedCurve made_curve(const Curve& curve) {
  // lcms's numbers for ICC's functions 0 and 3, a power alone and one with a line at its foot.
  constexpr int power = 1, power_and_line = 4;
  const std::array<double, 5> numbers{curve.gamma, curve.a, curve.b, curve.c, curve.d};
  return OwnedCurve(
      cmsBuildParametricToneCurve(nullptr, curve.d > 0 ? power_and_line : power, numbers.data()));
}

// White is that of the connection space for gray, and not adapted by lcms.
OwnedProfile made_profile(const ColourMeaning& meaning, bool gray) {
  const OwnedCurve curve = made_curve(meaning.curve);
  if (curve == nullptr) return nullptr;
  if (gray) return OwnedProfile(cmsCreateGrayProfile(cmsD50_xyY(), curve.get()));
  const auto& xy = meaning.primaries.xy;
  const cmsCIExyY white{xy[0], xy[1], 1};
  const cmsCIExyYTRIPLE primaries{{xy[2], xy[3], 1}, {xy[4], xy[5], 1}, {xy[6], xy[7], 1}};
  std::array<cmsToneCurve*, 3> curves{curve.get(), curve.get(), curve.get()};
  return OwnedProfile(cmsCreateRGBProfile(&white, &primaries, curves.data()));
}

bool set_name(void* profile, const std::string& name) {
  const std::unique_ptr<cmsMLU, decltype(&cmsMLUfree)> text(cmsMLUalloc(nullptr, 1), &cmsMLUfree);
  return text != nullptr && cmsMLUsetASCII(text.get(), "en", "US", name.c_str()) != 0 &&
         cmsWriteTag(profile, cmsSigProfileDescriptionTag, text.get()) != 0;
}

std::string saved(void* profile) {
  cmsUInt32Number size = 0;
  if (cmsSaveProfileToMem(profile, nullptr, &size) == 0) return {};
  std::string bytes(size, '\0');
  if (cmsSaveProfileToMem(profile, bytes.data(), &size) == 0) return {};
  return bytes.replace(date_at, fixed_date.size(), reinterpret_cast<const char*>(fixed_date.data()),
                       fixed_date.size());
}

}  // namespace

std::string icc_of(const ColourSpace& colours, bool gray) {
  const ColourMeaning meaning = meaning_of(colours, gray);
  if (meaning.kind != ColourMeaning::Kind::other) return {};
  const OwnedProfile profile = made_profile(meaning, gray);
  const std::string name = (gray ? "Gray" : meaning.primaries.name) + ", " + meaning.curve.name;
  if (profile == nullptr || !set_name(profile.get(), name)) return {};
  return saved(profile.get());
}

std::string colours_lost(const ColourSpace& colours, bool gray, const std::string& file_format) {
  const ColourMeaning meaning = meaning_of(colours, gray);
  if (meaning.kind != ColourMeaning::Kind::unsayable) return {};
  const std::string format = file_format == "jpeg"   ? "JPEG"
                             : file_format == "webp" ? "WebP"
                             : file_format == "bmp"  ? "BMP"
                                                     : "TIFF";
  return meaning.why + " can't be stored in " + format +
         (meaning.hdr ? ": the picture will look dull" : ": colours may look different");
}

}  // namespace tilework::imageio
