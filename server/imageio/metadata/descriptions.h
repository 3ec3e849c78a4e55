// What programs write into a TIFF's description about its pages and pixels: ImageJ, OME-XML, tifffile, GDAL.
// Pure functions; any thread.
#pragma once

#include <string>

#include <opencv2/core.hpp>
#include <tilework/types.h>

namespace tilework::imageio {

// The description, true for one page of this size and format. Other texts come back as they are.
std::string agreeing_description(const std::string& description, cv::Size size, PixelFormat format);

// The description of a picture whose sides change places: OME's sizes of a pixel, with their units, do so,
// too. Other texts come back as they are.
std::string transposed_description(const std::string& description);

// Whether a program wrote it that will want to read it.
bool is_for_programs(const std::string& description);

// GDAL's metadata (tag 42112, XML) without statistics, which are those of other pixels.
std::string without_statistics(const std::string& gdal_metadata);

}  // namespace tilework::imageio
