#include "server/imageio/tiff/tiff_handle.h"

#include <cerrno>
#include <cstdarg>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tilework::imageio {

TiffHandle::TiffHandle(int fd, std::int64_t most_bytes) : fd_(::fcntl(fd, F_DUPFD_CLOEXEC, 0)) {
  if (fd_ < 0) return;
  TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
  const auto quiet = [](TIFF*, void*, const char*, const char*, va_list) { return 1; };
  TIFFOpenOptionsSetErrorHandlerExtR(options, quiet, nullptr);
  TIFFOpenOptionsSetWarningHandlerExtR(options, quiet, nullptr);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, static_cast<tmsize_t>(most_bytes));
  const auto write = [](thandle_t, void*, tmsize_t) -> tmsize_t { return -1; };
  const auto close = [](thandle_t) { return 0; };
  const auto map = [](thandle_t, void**, toff_t*) { return 0; };
  const auto unmap = [](thandle_t, void*, toff_t) {};
  // "m": not mapped into memory, where a file that gets shorter would end the program. "h": no directory yet.
  tiff_ = TIFFClientOpenExt("", "rmh", this, read, write, seek, close, length, map, unmap, options);
  TIFFOpenOptionsFree(options);
}

TiffHandle::~TiffHandle() {
  if (tiff_ != nullptr) TIFFClose(tiff_);
  if (fd_ >= 0) ::close(fd_);
}

Directory TiffHandle::fields(std::uint64_t directory, const std::set<std::uint16_t>& tags) const {
  const ReadAt read = read_of(fd_);
  const auto start = read_start(read);
  if (!start) return {};
  const auto is_wanted = [&tags](std::uint16_t tag) { return tags.contains(tag); };
  return read_directory(read, start->order, directory, is_wanted).value_or(Directory{});
}

tmsize_t TiffHandle::read(thandle_t handle, void* to, tmsize_t bytes) {
  auto& self = *static_cast<TiffHandle*>(handle);
  tmsize_t done = 0;
  while (done < bytes) {
    const ssize_t got =
        ::pread(self.fd_, static_cast<char*>(to) + done, static_cast<std::size_t>(bytes - done), self.at_);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    self.at_ += got;
    done += got;
  }
  return done;
}

toff_t TiffHandle::seek(thandle_t handle, toff_t offset, int from) {
  auto& self = *static_cast<TiffHandle*>(handle);
  const toff_t base = from == SEEK_SET   ? 0
                      : from == SEEK_CUR ? static_cast<toff_t>(self.at_)
                                         : length(handle);
  self.at_ = static_cast<off_t>(base + offset);
  return base + offset;
}

toff_t TiffHandle::length(thandle_t handle) {
  struct stat status {};
  const int fd = static_cast<TiffHandle*>(handle)->fd_;
  return ::fstat(fd, &status) == 0 ? static_cast<toff_t>(status.st_size) : 0;
}

}  // namespace tilework::imageio
