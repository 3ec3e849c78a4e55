#include "server/host/memory/passed_descriptor.h"

#include <cerrno>

#include <fcntl.h>

#include "schema/model/error.h"
#include "schema/transport/system_error.h"

namespace tilework::host {

kj::AutoCloseFd duplicate(int fd, const std::string& doing) {
  kj::AutoCloseFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (copy.get() < 0) throw Error(Fault::machine, doing + ": " + transport::words_of_error(errno));
  return copy;
}

std::string why_no_descriptor() {
  const kj::AutoCloseFd probe(::fcntl(0, F_DUPFD_CLOEXEC, 0));
  return probe.get() < 0 && errno == EMFILE ? ": " + transport::words_of_error(EMFILE) : "";
}

}  // namespace tilework::host
