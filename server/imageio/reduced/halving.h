// An image at half its width and height. Pure; any thread.
#pragma once

#include <opencv2/core.hpp>

namespace tilework::imageio {

// Rounded up; each pixel is the mean of four, where the last column and row are repeated if they have no
// partner. Of any type; a matrix of its own.
cv::Mat halved(const cv::Mat& image);

}  // namespace tilework::imageio
