// Whether an image is within the limits, before anything is decoded. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>

#include <opencv2/core.hpp>

#include "server/imageio/source.h"

namespace tilework::imageio {

// All throw UserError, with `name` in its message. `bytes` is what a decoder holds at a time.
[[noreturn]] void refuse_size(const std::string& name, std::int64_t width, std::int64_t height);  // nonsense
void check_size(cv::Size size, const Limits& limits, const std::string& name);
void check_memory(std::int64_t bytes, const Limits& limits, const std::string& name);
// A large image in a tiny file, as somebody makes to exhaust a server; or else a blank one.
void check_expansion(std::int64_t decoded_bytes, std::int64_t file_bytes, const Limits& limits,
                     const std::string& name);

}  // namespace tilework::imageio
