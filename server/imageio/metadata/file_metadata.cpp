#include "server/imageio/metadata/file_metadata.h"

namespace tilework::imageio {

std::string too_large(std::uint64_t bytes) {
  return std::to_string(bytes >> 20) +
         " MiB of metadata were left out, for they are too large: a chunk may have " +
         std::to_string(largest_chunk >> 20) + " MiB, and all of a file's " +
         std::to_string(most_metadata >> 20);
}

}  // namespace tilework::imageio
