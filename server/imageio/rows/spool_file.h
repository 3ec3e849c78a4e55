// A temporary file that nobody else can see, and that goes with its descriptor. One thread, but for read().
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

  void write(const void* data, std::size_t bytes, std::int64_t at);  // throws tilework::Error
  // What was written before. Any thread. Throws tilework::Error.
  void read(void* data, std::size_t bytes, std::int64_t at) const;
  // All that was written, for reading. Valid as long as this object.
  std::byte* map();
  // Lets go of the memory that reading took: what is read again comes from the file.
  void unload();
  // This object's.
  int descriptor() const { return fd_; }

 private:
  int fd_ = -1;
  std::size_t size_ = 0;
  std::byte* mapped_ = nullptr;
};

}  // namespace tilework::imageio
