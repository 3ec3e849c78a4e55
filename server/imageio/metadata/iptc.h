// IPTC's records (IIM 4.2). Pure functions; any thread.
#pragma once

#include <string>

#include <opencv2/core.hpp>

namespace tilework::imageio {

// With the word for portrait, landscape or square (2:131), where there is one, that is true for this size.
std::string sized_iptc(std::string iptc, cv::Size size);

}  // namespace tilework::imageio
