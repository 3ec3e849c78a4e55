#include "server/host/libraries/copy.h"

#include <cerrno>

#include <sys/sendfile.h>

namespace tilework::host {

int copy_bytes(int from, int to, std::uint64_t limit) {
  for (off_t offset = 0;;) {
    const ssize_t copied = ::sendfile(to, from, &offset, 1u << 30);
    if (copied == 0) return 0;
    if (copied < 0 && errno != EINTR) return errno;
    if (static_cast<std::uint64_t>(offset) > limit) return EFBIG;
  }
}

}  // namespace tilework::host
