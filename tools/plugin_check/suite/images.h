// Images that tests make for themselves, from a seed. Pure; any thread.
#pragma once

#include <opencv2/core.hpp>
#include <tilework/types.h>

namespace tilework::conformance {

// What an image shows; each finds other faults.
enum class Scene {
  noise,      // every value its own
  photo,      // smooth areas, soft and hard contours, some grain
  scribbles,  // thin faint lines over long ways, a few bright
  flat,       // one colour
  spots,      // small ones of any brightness, some of which touch
};

// Values span black to white (float: a little beyond, for `photo` and `noise`).
cv::Mat make_image(Scene scene, cv::Size size, PixelFormat format, cv::RNG& random);

}  // namespace tilework::conformance
