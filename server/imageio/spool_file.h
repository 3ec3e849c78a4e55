// A temporary file that nobody else can see, and that goes with its descriptor. One thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tilework::imageio {

class SpoolFile {
 public:
  // In $TMPDIR or /tmp. Throws tilework::Error.
  SpoolFile();
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;
  ~SpoolFile();

  void append(const void* data, std::size_t bytes);  // throws tilework::Error
  // All that was appended, for reading. Valid as long as this object.
  std::byte* map();

 private:
  int fd_ = -1;
  std::size_t size_ = 0;
  std::byte* mapped_ = nullptr;
};

}  // namespace tilework::imageio
