#include "client/preview/viewport.h"

#include <algorithm>
#include <cmath>

namespace tilework::client {
namespace {

// How much a level may be enlarged before the next finer one is taken.
constexpr double most_enlarged = 1.25;

// Of one axis: what is left of the image stays at the middle if all of it fits.
double clamped(double centre, double image, double screen, double zoom) {
  const double half = screen / zoom / 2;
  if (image * zoom <= screen) return image / 2;
  return std::clamp(centre, half, image - half);
}

// The image's origin falls on a whole pixel of the screen, so that pixels are crisp.
double snapped(double centre, double screen, double zoom) {
  return (screen / 2 - std::round(screen / 2 - centre * zoom)) / zoom;
}

}  // namespace

double fit_zoom(const Picture& picture, Screen screen) {
  return std::min({1.0, static_cast<double>(screen.width) / picture.width,
                   static_cast<double>(screen.height) / picture.height});
}

Viewport resolved(const Viewport& viewport, const Picture& picture, Screen screen) {
  Viewport result = viewport;
  const double least = std::min(fit_zoom(picture, screen), 1.0);
  if (viewport.fits) {
    result.zoom = least;
    result.centre = {picture.width / 2.0, picture.height / 2.0};
  }
  result.zoom = std::clamp(result.zoom, least / 4, most_zoom);
  result.centre.x = clamped(result.centre.x, picture.width, screen.width, result.zoom);
  result.centre.y = clamped(result.centre.y, picture.height, screen.height, result.zoom);
  result.centre.x = snapped(result.centre.x, screen.width, result.zoom);
  result.centre.y = snapped(result.centre.y, screen.height, result.zoom);
  return result;
}

Viewport zoomed(const Viewport& viewport, const Picture& picture, Screen screen, double zoom, Point at) {
  const Viewport from = resolved(viewport, picture, screen);
  const Point below = to_image(from, screen, at);
  Viewport result{false, std::clamp(zoom, fit_zoom(picture, screen) / 4, most_zoom), {}};
  result.centre = {below.x - (at.x - screen.width / 2.0) / result.zoom,
                   below.y - (at.y - screen.height / 2.0) / result.zoom};
  return resolved(result, picture, screen);
}

Viewport panned(const Viewport& viewport, const Picture& picture, Screen screen, Point by) {
  Viewport result = resolved(viewport, picture, screen);
  result.fits = false;
  result.centre.x -= by.x / result.zoom;
  result.centre.y -= by.y / result.zoom;
  return resolved(result, picture, screen);
}

Point to_image(const Viewport& viewport, Screen screen, Point on_screen) {
  return {viewport.centre.x + (on_screen.x - screen.width / 2.0) / viewport.zoom,
          viewport.centre.y + (on_screen.y - screen.height / 2.0) / viewport.zoom};
}

Point to_screen(const Viewport& viewport, Screen screen, Point in_image) {
  return {(in_image.x - viewport.centre.x) * viewport.zoom + screen.width / 2.0,
          (in_image.y - viewport.centre.y) * viewport.zoom + screen.height / 2.0};
}

int level_for(const Picture& picture, double zoom) {
  int level = 0;
  while (level + 1 < picture.levels && std::ldexp(zoom, level + 1) <= most_enlarged) ++level;
  return level;
}

Region visible_region(const Viewport& viewport, const Picture& picture, Screen screen, int level) {
  const Point first = to_image(viewport, screen, {0, 0});
  const Point last =
      to_image(viewport, screen, {static_cast<double>(screen.width), static_cast<double>(screen.height)});
  const double scale = std::ldexp(1.0, -level);
  // What is off by less than a thousandth of a pixel isn't seen.
  const auto down = [&](double at) { return static_cast<int>(std::floor(at * scale + 1e-3)); };
  const auto up = [&](double at) { return static_cast<int>(std::ceil(at * scale - 1e-3)); };
  const int left = std::clamp(down(first.x), 0, picture.width_at(level));
  const int top = std::clamp(down(first.y), 0, picture.height_at(level));
  const int right = std::clamp(up(last.x), left, picture.width_at(level));
  const int bottom = std::clamp(up(last.y), top, picture.height_at(level));
  return {left, top, right - left, bottom - top};
}

}  // namespace tilework::client
