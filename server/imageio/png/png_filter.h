// Puts chunks behind the first one of a PNG file on its way out, and takes out those of the encoder that say
// something besides the pixels: libvips writes a resolution where there is none. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tilework::imageio {

class PngFilter {
 public:
  explicit PngFilter(std::string chunks) : chunks_(std::move(chunks)) {}

  // The next bytes of the encoder's, of any number; gives those for the file.
  std::string pass(std::string_view bytes);

 private:
  std::string take_head(std::string_view& bytes);

  std::string chunks_;        // empty once they are on their way
  std::string head_;          // what came of a chunk's length and type, or of the file's start
  bool has_started_ = false;  // the file's start is complete
  std::uint64_t left_ = 0;    // bytes of the chunk that are still to come, with its checksum
  bool is_kept_ = true;       // the chunk
};

}  // namespace tilework::imageio
