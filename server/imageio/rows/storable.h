// Fitting pixels to what a file format can carry. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <tilework/types.h>

namespace tilework::imageio {

// The format nearest to `format` that a file of `file_format` carries. Adds to `notes` what is lost.
PixelFormat storable(PixelFormat format, const std::string& file_format, std::vector<std::string>& notes);

// The largest width or height in pixels.
int largest_side(const std::string& file_format);

// The most pixels: of GIF, whose encoder takes 12 bytes for each.
std::int64_t largest_area(const std::string& file_format);

// Rows of one format as another that storable() gave for it: alpha laid on white, depths converted.
cv::Mat convert_to(const cv::Mat& rows, PixelFormat to);

}  // namespace tilework::imageio
