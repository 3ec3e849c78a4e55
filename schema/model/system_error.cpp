#include "schema/model/system_error.h"

#include <cerrno>
#include <cstring>

#include <sys/resource.h>

namespace tilework {

std::string words_of_error(int error) {
  if (error == ENFILE) return "the machine has no more file descriptors; raise fs.file-max with sysctl";
  if (error != EMFILE) return std::strerror(error);
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return "there are no more file descriptors (limit " + std::to_string(limit.rlim_cur) +
         "); raise it with `ulimit -n`";
}

}  // namespace tilework
