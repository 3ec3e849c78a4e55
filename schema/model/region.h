// A rectangle of an image. A pure value; any thread.
#pragma once

#include <limits>

namespace tilework {

// Pixels, from the top left corner of the image or of one of its levels.
struct Region {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  friend bool operator==(const Region&, const Region&) = default;
};

// Whether some image can hold it: it isn't left of or above the corner, and its far corner is a number.
constexpr bool fits_some_image(const Region& region) {
  constexpr int most = std::numeric_limits<int>::max();
  return region.x >= 0 && region.y >= 0 && region.width >= 0 && region.height >= 0 &&
         region.x <= most - region.width && region.y <= most - region.height;
}

}  // namespace tilework
