#include "schema/transport/local_socket.h"

#include <array>
#include <cstdint>
#include <random>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include "schema/model/error.h"
#include "schema/transport/errors.h"

namespace tilework::transport {
namespace {

std::string random_name() {
  std::random_device random;
  std::string name = "tilework-";
  for (int i = 0; i < 32; ++i) name += "0123456789abcdef"[random() % 16];
  return name;
}

std::string address_of(const std::string& name) {
  return "unix-abstract:" + name;
}

}  // namespace

kj::Promise<LocalListener> listen_locally(kj::Network& network) {
  const std::string name = random_name();
  return network.parseAddress(address_of(name)).then([name](kj::Own<kj::NetworkAddress>&& address) {
    return LocalListener{name, address->listen()};
  });
}

kj::Promise<kj::Own<kj::AsyncIoStream>> connect_locally(kj::Network& network, const std::string& name) {
  return network.parseAddress(address_of(name))
      .then([](kj::Own<kj::NetworkAddress>&& address) { return address->connect().attach(kj::mv(address)); })
      .then([](kj::Own<kj::AsyncIoStream>&& stream) {
        if (!is_same_user(*stream)) {
          kj::throwFatalException(
              to_kj(Error(Fault::unreachable, "another user listens on the master's local socket")));
        }
        return kj::mv(stream);
      });
}

bool is_same_user(kj::AsyncIoStream& stream) {
  ucred peer{};
  kj::uint size = sizeof peer;
  try {
    stream.getsockopt(SOL_SOCKET, SO_PEERCRED, &peer, &size);
  } catch (const kj::Exception&) {
    return false;
  }
  return size == sizeof peer && (peer.uid == ::geteuid() || peer.uid == 0);
}

}  // namespace tilework::transport
