#include "schema/transport/peer.h"

#include <array>

#include <arpa/inet.h>
#include <kj/exception.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "schema/transport/endpoint.h"

namespace tilework::transport {
namespace {

std::string text_of(int family, const void* address, in_port_t port) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (::inet_ntop(family, address, text.data(), text.size()) == nullptr) return "unknown";
  std::string host = text.data();
  // An IPv4 address, as a socket that takes both kinds shows it.
  if (constexpr std::string_view mapped = "::ffff:";
      host.starts_with(mapped) && host.find('.') != host.npos) {
    host.erase(0, mapped.size());
  }
  return Endpoint{host, ntohs(port)}.text();
}

}  // namespace

std::string peer_of(kj::AsyncIoStream& stream) {
  sockaddr_storage storage{};
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  kj::uint size = sizeof storage;
  try {
    stream.getpeername(address, &size);
  } catch (const kj::Exception&) {
    return "unknown";
  }
  if (address->sa_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    return text_of(AF_INET, &v4.sin_addr, v4.sin_port);
  }
  if (address->sa_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
    return text_of(AF_INET6, &v6.sin6_addr, v6.sin6_port);
  }
  return "local";
}

}  // namespace tilework::transport
