// Whether an image is within the limits, before anything is decoded. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>

#include <opencv2/core.hpp>

#include "server/imageio/source.h"

namespace tilework::imageio {

// Both throw UserError, with `name` in its message. `bytes` is what a decoder holds at a time.
void check_size(cv::Size size, const Limits& limits, const std::string& name);
void check_memory(std::int64_t bytes, const Limits& limits, const std::string& name);

}  // namespace tilework::imageio
