// A small picture of an image file, in a fraction of the time that decoding it takes: of JPEG at an eighth to
// a half of its size, and of TIFF files that hold reductions of the image, as slides do. It looks like the
// image, but isn't what one gets by reducing its pixels. One thread.
#pragma once

#include <string>

#include <opencv2/core.hpp>

#include "server/imageio/source.h"

namespace tilework::imageio {

// Of `size`, which has the proportions of the image that `info` is about, and in its format. Empty where the
// file makes no such picture cheap. Throws tilework::Error for a damaged file.
cv::Mat overview(const std::string& path, const std::string& name, const Info& info, cv::Size size);

}  // namespace tilework::imageio
