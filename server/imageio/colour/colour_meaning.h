// What the colours that PNG's chunks tell of mean, as far as an ICC profile can say it. Pure functions; any
// thread.
#pragma once

#include <array>
#include <string>

#include "server/imageio/metadata/metadata.h"

namespace tilework::imageio {

// Light by sample: (a * v + b) ^ gamma from v = d on, c * v below.
struct Curve {
  std::string name;
  double gamma = 1;
  double a = 1;
  double b = 0;
  double c = 0;
  double d = 0;
  friend bool operator==(const Curve&, const Curve&) = default;
};

struct Primaries {
  std::string name;
  std::array<double, 8> xy{};  // as in ColourSpace
  friend bool operator==(const Primaries&, const Primaries&) = default;
};

struct ColourMeaning {
  enum class Kind { srgb, other, unsayable };
  Kind kind = Kind::srgb;
  Curve curve;  // these are set for Kind::other
  Primaries primaries;
  std::string why;  // for Kind::unsayable: what it is that can't be said
  bool hdr = false;
};

// By the order of PNG's third edition: cICP, sRGB, gAMA with cHRM; what is absent is that of sRGB. What isn't
// said at all is sRGB. A gray image has a curve, but no primaries.
ColourMeaning meaning_of(const ColourSpace& colours, bool gray);

}  // namespace tilework::imageio
