#include "tests/support/hostile_peer.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <capnp/serialize.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "schema/master.capnp.h"
#include "schema/transport/endpoint.h"

namespace tilework::test {
namespace {

kj::AutoCloseFd connected(const std::string& master) {
  const auto endpoint = transport::parse_endpoint(master);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  ::inet_pton(AF_INET, endpoint.host.c_str(), &address.sin_addr);
  kj::AutoCloseFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error(std::string("a hostile peer can't connect: ") + std::strerror(errno));
  }
  return socket;
}

}  // namespace

HostilePeer::HostilePeer(const std::string& master) : HostilePeer(connected(master)) {}

HostilePeer::HostilePeer(kj::AutoCloseFd socket) : socket_(kj::mv(socket)) {
  const timeval patience{5, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

bool HostilePeer::send(kj::ArrayPtr<const kj::byte> bytes) {
  while (bytes.size() > 0) {
    const ssize_t sent = ::send(socket_, bytes.begin(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes = bytes.slice(static_cast<std::size_t>(sent), bytes.size());
  }
  return true;
}

bool HostilePeer::send(capnp::MessageBuilder& message) {
  return send(capnp::messageToFlatArray(message).asBytes());
}

bool HostilePeer::begin_message(std::uint64_t announced, std::size_t sent) {
  const std::array<std::uint32_t, 2> beginning{0, static_cast<std::uint32_t>(announced / 8)};
  if (!send(kj::arrayPtr(beginning.data(), beginning.size()).asBytes())) return false;
  return send(kj::heapArray<kj::byte>(sent));
}

bool HostilePeer::bootstrap(std::uint32_t question) {
  capnp::MallocMessageBuilder message(16);
  message.initRoot<capnp::rpc::Message>().initBootstrap().setQuestionId(question);
  return send(message);
}

capnp::rpc::Call::Builder HostilePeer::begin_call(capnp::MessageBuilder& message, std::uint32_t question,
                                                  std::uint32_t target, bool is_field,
                                                  std::uint64_t interface, std::uint16_t method) {
  auto call = message.initRoot<capnp::rpc::Message>().initCall();
  call.setQuestionId(question);
  auto answer = call.initTarget().initPromisedAnswer();
  answer.setQuestionId(target);
  if (is_field) answer.initTransform(1)[0].setGetPointerField(0);
  call.setInterfaceId(interface);
  call.setMethodId(method);
  return call;
}

bool HostilePeer::finish(std::uint32_t question) {
  capnp::MallocMessageBuilder message(16);
  message.initRoot<capnp::rpc::Message>().initFinish().setQuestionId(question);
  return send(message);
}

bool HostilePeer::open_session(const std::string& name) {
  using Params = rpc::Master::OpenSessionParams;
  const bool sent = bootstrap(0) && call<Params>(1, 0, false, capnp::typeId<rpc::Master>(), 0,
                                                 [&](auto params) { params.initClient().setName(name); });
  return sent && answered(0) && answered(1);
}

bool HostilePeer::answered(std::uint32_t question) {
  try {
    kj::FdInputStream input(socket_.get());
    capnp::InputStreamMessageReader message(input);
    const auto root = message.getRoot<capnp::rpc::Message>();
    return root.isReturn() && root.getReturn().getAnswerId() == question && root.getReturn().isResults();
  } catch (const kj::Exception&) {
    return false;
  }
}

bool HostilePeer::closed_within(std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  std::vector<char> ignored(64 << 10);
  while (std::chrono::steady_clock::now() < end) {
    pollfd ready{socket_, POLLIN, 0};
    if (::poll(&ready, 1, 50) <= 0) continue;
    const ssize_t got = ::recv(socket_, ignored.data(), ignored.size(), MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return true;
  }
  return false;
}

}  // namespace tilework::test
