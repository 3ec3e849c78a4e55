// Which part of an image is on screen, and how large. Pure; any thread.
#pragma once

#include "schema/model/picture.h"

namespace tilework::client {

struct Point {
  double x = 0;
  double y = 0;
  friend bool operator==(const Point&, const Point&) = default;
};

// The screen's part that shows the image, in pixels of the screen.
struct Screen {
  int width = 1;
  int height = 1;
  friend bool operator==(const Screen&, const Screen&) = default;
};

inline constexpr double most_zoom = 64;

// A view of an image: fitted into the screen, or at a zoom of one's own.
struct Viewport {
  bool fits = true;
  double zoom = 1;  // pixels of the screen for one of the image; counts if it doesn't fit
  Point centre;     // of the screen, in pixels of the image; likewise
  friend bool operator==(const Viewport&, const Viewport&) = default;
};

// The zoom at which all of the image is seen; small images aren't enlarged.
double fit_zoom(const Picture& picture, Screen screen);

// Zoom and centre in numbers, whether it fits or not. The centre is kept where some of the image is seen, and
// where it falls on whole pixels of the screen.
Viewport resolved(const Viewport& viewport, const Picture& picture, Screen screen);

// The same point of the image stays below `at`, a point of the screen from its top left corner.
Viewport zoomed(const Viewport& viewport, const Picture& picture, Screen screen, double zoom, Point at);
// The image moves with the cursor: by pixels of the screen.
Viewport panned(const Viewport& viewport, const Picture& picture, Screen screen, Point by);

// Between the screen and the image, for a resolved viewport.
Point to_image(const Viewport& viewport, Screen screen, Point on_screen);
Point to_screen(const Viewport& viewport, Screen screen, Point in_image);

// The level to show: the coarsest one that isn't enlarged by much.
int level_for(const Picture& picture, double zoom);

// What is seen of a level, in its pixels; empty if nothing is.
Region visible_region(const Viewport& viewport, const Picture& picture, Screen screen, int level);

}  // namespace tilework::client
