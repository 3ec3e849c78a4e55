// A file that a libvips saver writes to, at positions of its own: the descriptor's position isn't used. One
// thread at a time.
#pragma once

#include <cstdint>
#include <optional>

#include "server/imageio/png/png_filter.h"
#include "server/imageio/vips/vips_pointer.h"

namespace tilework::imageio {

class FileTarget {
 public:
  // `fd` outlives this object, which outlives every saver that uses it. What goes through a filter is written
  // from beginning to end.
  explicit FileTarget(int fd, std::optional<PngFilter> filter = std::nullopt);

  VipsTarget* get() const { return VIPS_TARGET(target_.get()); }
  // The errno of the first write that failed, or 0.
  int error() const { return error_; }

 private:
  static gint64 on_write(VipsTargetCustom*, const void* data, gint64 length, void* self);
  static gint64 on_read(VipsTargetCustom*, void* data, gint64 length, void* self);
  static gint64 on_seek(VipsTargetCustom*, gint64 offset, int whence, void* self);

  int fd_;
  std::optional<PngFilter> filter_;
  std::int64_t position_ = 0;
  std::int64_t size_ = 0;
  int error_ = 0;
  Owned<VipsTargetCustom> target_;
};

}  // namespace tilework::imageio
