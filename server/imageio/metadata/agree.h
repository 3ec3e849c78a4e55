// Metadata made true for other pixels than those of the file that it came from. Pure functions; any thread.
#pragma once

#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <tilework/types.h>

#include "server/imageio/metadata/metadata.h"

namespace tilework::imageio {

// For a picture of `stored` size once its EXIF orientation (1 to 8) was applied. Thumbnails go, too.
void turn(Metadata& metadata, int orientation, cv::Size stored, std::vector<std::string>& notes);

// For a result of this size and format in a file of `file_format` (as in OutputSettings). Adds to `notes`
// what was left out: a colour profile of another kind, a place on the map where only TIFF could hold it.
Metadata agreeing(const Metadata& metadata, cv::Size size, PixelFormat format, const std::string& file_format,
                  std::vector<std::string>& notes);

}  // namespace tilework::imageio
