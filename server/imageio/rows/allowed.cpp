#include "server/imageio/rows/allowed.h"

#include "schema/model/error.h"

namespace tilework::imageio {

void check_size(cv::Size size, const Limits& limits, const std::string& name) {
  const std::string is = name + " is " + std::to_string(size.width) + " x " + std::to_string(size.height) +
                         " pixels, and this server takes at most ";
  if (size.width > limits.side || size.height > limits.side) {
    throw UserError(is + std::to_string(limits.side) + " on a side");
  }
  if (static_cast<std::int64_t>(size.width) * size.height > limits.pixels) {
    throw UserError(is + std::to_string(limits.pixels) + " in all");
  }
}

void check_memory(std::int64_t bytes, const Limits& limits, const std::string& name) {
  if (bytes <= limits.decoder_bytes) return;
  constexpr std::int64_t mebibyte = 1 << 20;
  throw UserError(
      name + " is stored in a way that takes " + std::to_string(bytes / mebibyte) +
      " MiB of memory to decode, and this server gives at most " +
      std::to_string(limits.decoder_bytes / mebibyte) +
      "; save it as JPEG that isn't progressive, as PNG that isn't interlaced, or as TIFF in small tiles");
}

}  // namespace tilework::imageio
