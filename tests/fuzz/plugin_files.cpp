// Files in a plugin folder, as far as they are looked at where nothing is loaded.
#include <sys/mman.h>
#include <unistd.h>

#include "server/host/libraries/digest.h"
#include "server/host/libraries/elf.h"
#include "tests/fuzz/target.h"

namespace tilework::fuzz {

void run(Bytes bytes) {
  const int fd = ::memfd_create("fuzz", MFD_CLOEXEC);
  if (::write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) __builtin_trap();
  host::why_not_whole(fd);
  ::close(fd);
}

}  // namespace tilework::fuzz
