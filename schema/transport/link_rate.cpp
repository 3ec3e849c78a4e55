#include "schema/transport/link_rate.h"

#include <cstddef>

#include <fcntl.h>
#include <linux/tcp.h>  // the C library's own tcp_info ends before the rate
#include <netinet/in.h>
#include <sys/socket.h>

namespace tilework::transport {

LinkRate::LinkRate(kj::AsyncIoStream& stream) {
  KJ_IF_MAYBE (fd, stream.getFd()) {
    fd_ = kj::AutoCloseFd(::fcntl(*fd, F_DUPFD_CLOEXEC, 0));
  }
}

std::optional<LinkRate::Seen> LinkRate::seen() const {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (fd_.get() < 0 || ::getsockopt(fd_, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  const bool is_told = size >= offsetof(tcp_info, tcpi_delivery_rate) + sizeof info.tcpi_delivery_rate;
  if (!is_told || info.tcpi_delivery_rate == 0) return std::nullopt;
  return Seen{static_cast<double>(info.tcpi_delivery_rate), info.tcpi_delivery_rate_app_limited == 0};
}

}  // namespace tilework::transport
