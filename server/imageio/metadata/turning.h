// Places within a picture that is turned as EXIF's orientation says. Pure functions; any thread.
#pragma once

#include <opencv2/core.hpp>

namespace tilework::imageio {

// From a place in the turned picture to the one in the stored picture. Places are corners of pixels where
// `last` is the number of pixels, and centres where it is one less. Nothing moves for orientations but 2
// to 8.
cv::Matx33d to_stored(int orientation, cv::Size2d last);

}  // namespace tilework::imageio
