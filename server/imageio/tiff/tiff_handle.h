// libtiff's handle of a file, on a descriptor of its own. One thread; any number on one file side by side.
#pragma once

#include <cstdint>
#include <set>

#include <sys/types.h>
#include <tiffio.h>

#include "server/imageio/metadata/directory.h"

namespace tilework::imageio {

class TiffHandle {
 public:
  // Reads the file's header alone. The descriptor is duplicated, and its position isn't used. The library
  // won't ask for more than `most_bytes` of memory at a time.
  TiffHandle(int fd, std::int64_t most_bytes);
  TiffHandle(const TiffHandle&) = delete;
  TiffHandle& operator=(const TiffHandle&) = delete;
  ~TiffHandle();

  // False if the file has no header of a TIFF; then nothing else may be called.
  bool is_open() const { return tiff_ != nullptr; }
  TIFF* get() const { return tiff_; }

  // Makes a directory, a page or not, the current one. False if it is damaged.
  bool go_to(std::uint64_t directory) { return TIFFSetSubDirectory(tiff_, directory) == 1; }

  // What the file has of tags that the library doesn't know or take, whether or not it can read that
  // directory.
  Directory fields(std::uint64_t directory, const std::set<std::uint16_t>& tags) const;

 private:
  static tmsize_t read(thandle_t handle, void* to, tmsize_t bytes);
  static toff_t seek(thandle_t handle, toff_t offset, int from);
  static toff_t length(thandle_t handle);

  int fd_;
  off_t at_ = 0;
  TIFF* tiff_ = nullptr;
};

}  // namespace tilework::imageio
