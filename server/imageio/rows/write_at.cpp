#include "server/imageio/rows/write_at.h"

#include <cerrno>
#include <system_error>

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

WriteError::WriteError(int number)
    : Error(Fault::failed, "the result can't be written: " + std::generic_category().message(number)),
      number_(number) {}

void refuse_to_write(int error) {
  if (error == 0) throw Error(Fault::failed, "the result could not be encoded");
  throw WriteError(error);
}

}  // namespace tilework::imageio
