#include "server/imageio/rows/allowed.h"

#include "schema/model/error.h"

namespace tilework::imageio {
namespace {

constexpr std::int64_t mebibyte = 1 << 20;

// Of what is below, nobody has to be afraid.
constexpr std::int64_t large_image = 256 * mebibyte;

}  // namespace

void refuse_size(const std::string& name, std::int64_t width, std::int64_t height) {
  throw UserError(name + " can't be read: its header says that it is " + std::to_string(width) + " x " +
                  std::to_string(height) + " pixels, which is nonsense");
}

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
  throw UserError(
      name + " is stored in a way that takes " + std::to_string(bytes / mebibyte) +
      " MiB of memory to decode, and this server gives at most " +
      std::to_string(limits.decoder_bytes / mebibyte) +
      "; save it as JPEG that isn't progressive, as PNG that isn't interlaced, or as TIFF in small tiles");
}

void check_expansion(std::int64_t decoded_bytes, std::int64_t file_bytes, const Limits& limits,
                     const std::string& name) {
  if (limits.expansion == 0 || decoded_bytes < large_image ||
      decoded_bytes / limits.expansion <= file_bytes) {
    return;
  }
  throw UserError(name + " has " + std::to_string(file_bytes) + " bytes, and becomes " +
                  std::to_string(decoded_bytes / mebibyte) + " MiB of pixels, " +
                  std::to_string(decoded_bytes / file_bytes) +
                  " times as many; if it is meant to, as a blank " +
                  "image may be, say so with --allow-expansion");
}

}  // namespace tilework::imageio
