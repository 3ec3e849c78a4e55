#include "schema/transport/line.h"

#include <fcntl.h>
#include <linux/tcp.h>  // the C library's own tcp_info ends before what is read here
#include <netinet/in.h>
#include <sys/socket.h>

namespace tilework::transport {

Line::Line(kj::AsyncIoStream& stream) {
  KJ_IF_MAYBE (fd, stream.getFd()) {
    fd_ = kj::AutoCloseFd(::fcntl(*fd, F_DUPFD_CLOEXEC, 0));
  }
}

std::uint64_t Line::moved() const {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (fd_.get() < 0 || ::getsockopt(fd_, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
  return info.tcpi_bytes_acked + info.tcpi_bytes_received;
}

void Line::cut() {
  if (fd_.get() >= 0) ::shutdown(fd_, SHUT_RDWR);
}

}  // namespace tilework::transport
