#include "schema/transport/system_error.h"

#include <cerrno>
#include <cstring>

#include <unistd.h>

namespace tilework::transport {

std::string words_of_error(int error) {
  if (error == ENFILE) return "the machine has no more file descriptors; raise fs.file-max with sysctl";
  if (error != EMFILE) return std::strerror(error);
  return "there are no more file descriptors (limit " + std::to_string(::sysconf(_SC_OPEN_MAX)) +
         "); raise it with `ulimit -n`";
}

}  // namespace tilework::transport
