#include "server/imageio/rows/read_at.h"

#include <cerrno>

#include <unistd.h>

namespace tilework::imageio {

std::string read_at(int fd, std::size_t bytes, std::int64_t at) {
  std::string read(bytes, '\0');
  std::size_t done = 0;
  while (done < bytes) {
    const ssize_t got = pread(fd, read.data() + done, bytes - done, at + static_cast<std::int64_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  read.resize(done);
  return read;
}

}  // namespace tilework::imageio
