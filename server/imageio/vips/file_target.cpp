#include "server/imageio/vips/file_target.h"

#include <algorithm>
#include <cerrno>

#include <unistd.h>

#include "server/imageio/rows/write_at.h"

namespace tilework::imageio {

FileTarget::FileTarget(int fd, std::optional<PngFilter> filter)
    : fd_(fd), filter_(std::move(filter)), target_(vips_target_custom_new()) {
  g_signal_connect(target_.get(), "write", G_CALLBACK(on_write), this);
  g_signal_connect(target_.get(), "read", G_CALLBACK(on_read), this);
  g_signal_connect(target_.get(), "seek", G_CALLBACK(on_seek), this);
}

gint64 FileTarget::on_write(VipsTargetCustom*, const void* data, gint64 length, void* self) {
  auto& file = *static_cast<FileTarget*>(self);
  std::string_view bytes(static_cast<const char*>(data), static_cast<std::size_t>(length));
  std::string filtered;
  if (file.filter_) bytes = filtered = file.filter_->pass(bytes);
  if (const int error = write_at(file.fd_, bytes.data(), bytes.size(), file.position_); error != 0) {
    if (file.error_ == 0) file.error_ = error;
    return -1;
  }
  file.position_ += static_cast<std::int64_t>(bytes.size());
  file.size_ = std::max(file.size_, file.position_);
  return length;
}

gint64 FileTarget::on_read(VipsTargetCustom*, void* data, gint64 length, void* self) {
  auto& file = *static_cast<FileTarget*>(self);
  ssize_t got = -1;
  do {
    got = pread(file.fd_, data, static_cast<std::size_t>(length), file.position_);
  } while (got < 0 && errno == EINTR);
  if (got > 0) file.position_ += got;
  return got;
}

gint64 FileTarget::on_seek(VipsTargetCustom*, gint64 offset, int whence, void* self) {
  auto& file = *static_cast<FileTarget*>(self);
  const std::int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? file.position_ : file.size_;
  if (base + offset < 0) return -1;
  return file.position_ = base + offset;
}

}  // namespace tilework::imageio
