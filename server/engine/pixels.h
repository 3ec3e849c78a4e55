// Conversions between pixel formats that give the same value for a pixel wherever it lies in a matrix.
// Pure; any thread.
#pragma once

#include <opencv2/core.hpp>
#include <tilework/types.h>

namespace tilework::engine {

// Full white stays full white; values are rounded to the nearest.
cv::Mat convert_depth(const cv::Mat& in, Depth to);

// Colour to gray by OpenCV's weights, or gray to three equal channels. `in` has 1 or 3 channels.
cv::Mat convert_colour_channels(const cv::Mat& in, int channels);

// Whether a value isn't a number; false for integers.
bool has_nan(const cv::Mat& pixels);

}  // namespace tilework::engine
