// What stands in a JPEG file before its tables: the markers with metadata, as libvips writes them.
#pragma once

#include <string>

#include <opencv2/core.hpp>
#include <tilework/types.h>

#include "server/imageio/metadata/metadata.h"

namespace tilework::imageio {

// From the start of the file on, for an image of 8 bits, gray or colour. `profile_kept` tells whether the
// image keeps its colour profile. Throws tilework::Error. Any thread.
std::string jpeg_header(cv::Size size, PixelFormat format, const Metadata& metadata, bool& profile_kept);

}  // namespace tilework::imageio
