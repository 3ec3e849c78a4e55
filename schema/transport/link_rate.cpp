#include "schema/transport/link_rate.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fcntl.h>
#include <linux/tcp.h>  // the C library's own tcp_info ends before the rate
#include <netinet/in.h>
#include <sys/socket.h>

namespace tilework::transport {
namespace {

// A few small messages are slow over any link.
constexpr std::uint64_t enough = 32 << 10;

}  // namespace

LinkRate::LinkRate(kj::AsyncIoStream& stream) {
  KJ_IF_MAYBE (fd, stream.getFd()) {
    fd_ = kj::AutoCloseFd(::fcntl(*fd, F_DUPFD_CLOEXEC, 0));
  }
}

std::optional<double> LinkRate::seen() {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (fd_.get() < 0 || ::getsockopt(fd_, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  if (size < offsetof(tcp_info, tcpi_busy_time) + sizeof info.tcpi_busy_time) return std::nullopt;
  const std::uint64_t bytes = info.tcpi_bytes_acked - std::exchange(acknowledged_, info.tcpi_bytes_acked);
  const std::uint64_t microseconds = info.tcpi_busy_time - std::exchange(busy_, info.tcpi_busy_time);
  if (bytes < enough || microseconds == 0) return std::nullopt;
  // An acknowledgement may be late by itself, which makes the whole look slow. The kernel's rate looks at the
  // last few, and is no lower than what the link does unless there was too little to send.
  return std::max(1e6 * static_cast<double>(bytes) / static_cast<double>(microseconds),
                  static_cast<double>(info.tcpi_delivery_rate));
}

}  // namespace tilework::transport
