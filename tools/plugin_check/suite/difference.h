// Tells how two results differ. Pure; any thread.
#pragma once

#include <string>

#include <opencv2/core.hpp>

namespace tilework::conformance {

// Where two results differ, in words; empty when they are equal: integers and formats exactly, floats within
// a relative 1e-5.
std::string difference(const cv::Mat& a, const cv::Mat& b);

}  // namespace tilework::conformance
