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

Strangers::Strangers(const std::string& master, std::size_t count) {
  const auto endpoint = transport::parse_endpoint(master);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  ::inet_pton(AF_INET, endpoint.host.c_str(), &address.sin_addr);
  for (std::size_t i = 0; i < count; ++i) {
    auto& socket = sockets_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error(std::string("a stranger can't connect: ") + std::strerror(errno));
    }
  }
}

std::size_t Strangers::open() const {
  return static_cast<std::size_t>(std::ranges::count_if(sockets_, [](const auto& socket) {
    char byte = 0;
    return ::recv(socket, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && errno == EAGAIN;
  }));
}

}  // namespace tilework::test
