// A rectangle of an image. A pure value; any thread.
#pragma once

namespace tilework {

// Pixels, from the top left corner of the image or of one of its levels.
struct Region {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  friend bool operator==(const Region&, const Region&) = default;
};

}  // namespace tilework
