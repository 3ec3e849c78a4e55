#include "tests/integration/strangers.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "schema/transport/endpoint.h"

namespace tilework::test {
namespace {

sockaddr_in address_of(const std::string& host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  return address;
}

}  // namespace

Strangers::Strangers(const std::string& master, std::size_t count) : Strangers(master) {
  for (std::size_t i = 0; i < count; ++i) come();
}

void Strangers::come(const std::string& from) {
  const auto endpoint = transport::parse_endpoint(master_);
  const sockaddr_in here = address_of(from, 0), there = address_of(endpoint.host, endpoint.port);
  auto& socket = sockets_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0 ||
      ::connect(socket, reinterpret_cast<const sockaddr*>(&there), sizeof there) != 0) {
    throw std::runtime_error(std::string("a stranger can't connect: ") + std::strerror(errno));
  }
}

std::size_t Strangers::open() const {
  return static_cast<std::size_t>(std::ranges::count_if(sockets_, [](const auto& socket) {
    char byte = 0;
    return ::recv(socket, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && errno == EAGAIN;
  }));
}

}  // namespace tilework::test
