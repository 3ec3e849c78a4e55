#include "server/imageio/write_at.h"

#include <cerrno>

#include <unistd.h>

namespace tilework::imageio {

int write_at(int fd, const void* data, std::size_t bytes, std::int64_t at) {
  const auto* from = static_cast<const std::byte*>(data);
  for (std::size_t done = 0; done < bytes;) {
    const ssize_t written = pwrite(fd, from + done, bytes - done, at + static_cast<std::int64_t>(done));
    if (written > 0) {
      done += static_cast<std::size_t>(written);
    } else if (written == 0) {
      return EIO;
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

}  // namespace tilework::imageio
