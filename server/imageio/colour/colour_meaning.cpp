#include "server/imageio/colour/colour_meaning.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <utility>

namespace tilework::imageio {
namespace {

// ITU-T H.273, table 2, and IEC 61966-2-1.
const Primaries bt709{"sRGB primaries", {0.3127, 0.3290, 0.640, 0.330, 0.300, 0.600, 0.150, 0.060}};
const Primaries bt2020{"BT.2020 primaries", {0.3127, 0.3290, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046}};
const Primaries p3{"P3-D65 primaries", {0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060}};

// The same, table 3, solved for light.
const Curve srgb_curve{"sRGB curve", 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
constexpr double alpha = 1.099296826809442, beta = 0.018053968510807;
const Curve bt709_curve{"BT.709 curve", 1 / 0.45, 1 / alpha, (alpha - 1) / alpha, 1 / 4.5, 4.5 * beta};

constexpr double rounding = 0.001;  // of what files say, against what they mean

Curve power(double gamma) {
  char name[40];
  std::snprintf(name, sizeof name, "gamma %.4g", gamma);
  return {.name = name, .gamma = gamma};
}

bool is_srgb(const std::array<double, 8>& xy) {
  return std::equal(xy.begin(), xy.end(), bt709.xy.begin(),
                    [](double a, double b) { return std::abs(a - b) < rounding; });
}

// Whether white is a mixture of three primaries that span colours at all.
bool make_sense(const std::array<double, 8>& xy) {
  constexpr double least_area = 1e-4;
  if (!std::ranges::all_of(xy, [](double v) { return v >= 0 && v <= 1; }) || xy[1] < 0.01) return false;
  const auto twice_area = [&xy](std::size_t p, std::size_t q, std::size_t r) {
    return (xy[q] - xy[p]) * (xy[r + 1] - xy[p + 1]) - (xy[r] - xy[p]) * (xy[q + 1] - xy[p + 1]);
  };
  const double whole = twice_area(2, 4, 6);
  return std::abs(whole) > least_area && twice_area(0, 4, 6) / whole > 0 && twice_area(2, 0, 6) / whole > 0 &&
         twice_area(2, 4, 0) / whole > 0;
}

std::string described(const std::array<double, 8>& xy) {
  char name[120];
  std::snprintf(name, sizeof name, "red %.3f %.3f, green %.3f %.3f, blue %.3f %.3f, white %.4f %.4f", xy[2],
                xy[3], xy[4], xy[5], xy[6], xy[7], xy[0], xy[1]);
  return name;
}

std::optional<Curve> curve_of_cicp(int transfer) {
  switch (transfer) {
    case 1:
    case 6:
    case 14:
    case 15:
      return bt709_curve;
    case 4:
      return power(2.2);
    case 5:
      return power(2.8);
    case 8:
      return power(1);
    case 13:
      return srgb_curve;
    default:
      return std::nullopt;
  }
}

ColourMeaning unsayable(std::string why) {
  ColourMeaning meaning;
  meaning.kind = ColourMeaning::Kind::unsayable;
  meaning.why = std::move(why);
  return meaning;
}

ColourMeaning made_of(const Curve& curve, const Primaries& primaries, bool gray) {
  if (curve == srgb_curve && (gray || primaries == bt709)) return {};
  ColourMeaning meaning;
  meaning.kind = ColourMeaning::Kind::other;
  meaning.curve = curve;
  meaning.primaries = primaries;
  return meaning;
}

ColourMeaning meaning_of_cicp(const std::array<std::uint8_t, 4>& cicp, bool gray) {
  const auto [colours, transfer, matrix, full_range] = cicp;
  if (transfer == 16 || transfer == 18) {
    ColourMeaning meaning =
        unsayable(std::string("the HDR transfer function ") + (transfer == 16 ? "PQ" : "HLG"));
    meaning.hdr = true;
    return meaning;
  }
  const auto curve = curve_of_cicp(transfer);
  const Primaries* primaries = colours == 1 ? &bt709 : colours == 9 ? &bt2020 : colours == 12 ? &p3 : nullptr;
  if (!curve || primaries == nullptr || matrix != 0 || full_range != 1) {
    return unsayable("the colour space " + std::to_string(colours) + "-" + std::to_string(transfer) + "-" +
                     std::to_string(matrix) + "-" + std::to_string(full_range) + " of the cICP chunk");
  }
  return made_of(*curve, *primaries, gray);
}

}  // namespace

ColourMeaning meaning_of(const ColourSpace& colours, bool gray) {
  constexpr double least_gamma = 0.05, largest_gamma = 20;
  if (colours.cicp) return meaning_of_cicp(*colours.cicp, gray);
  if (colours.srgb_intent) return {};
  Curve curve = srgb_curve;
  if (colours.gamma) {
    if (!(*colours.gamma >= least_gamma && *colours.gamma <= largest_gamma)) {
      return unsayable("the gamma of the gAMA chunk, which makes no sense,");
    }
    // As files of sRGB say it for readers that know no other curve.
    if (std::abs(*colours.gamma - 0.45455) >= rounding) curve = power(1 / *colours.gamma);
  }
  Primaries primaries = bt709;
  if (!gray && colours.chromaticities && !is_srgb(*colours.chromaticities)) {
    if (!make_sense(*colours.chromaticities)) {
      return unsayable("the chromaticities of the cHRM chunk, which make no sense,");
    }
    primaries = {described(*colours.chromaticities), *colours.chromaticities};
    if (colours.gamma && curve == srgb_curve) curve = power(1 / *colours.gamma);
  }
  return made_of(curve, primaries, gray);
}

}  // namespace tilework::imageio
