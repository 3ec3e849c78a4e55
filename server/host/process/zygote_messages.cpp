#include "server/host/process/zygote_messages.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <sys/uio.h>

namespace tilework::host {
namespace {

constexpr std::size_t longest = 16 << 10;  // of the cgroups' names

using Descriptors = std::array<int, 2>;

// A message with room for the descriptors that go with it. A byte before the text, for one without a text
// would look like the end.
struct Message {
  explicit Message(std::size_t bytes) : text(bytes + 1, '\0') {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    part = {text.data(), text.size()};
  }
  KJ_DISALLOW_COPY(Message);

  std::string text;
  iovec part{};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(Descriptors))> control{};
  msghdr header{};
};

}  // namespace

bool send(int zygote, const Inherited& inherited) {
  Message message(inherited.cgroups.size());
  message.text.replace(1, inherited.cgroups.size(), inherited.cgroups);
  const Descriptors descriptors{inherited.socket, inherited.output};
  cmsghdr* rights = CMSG_FIRSTHDR(&message.header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof descriptors);
  std::memcpy(CMSG_DATA(rights), descriptors.data(), sizeof descriptors);
  return ::sendmsg(zygote, &message.header, MSG_NOSIGNAL) == static_cast<ssize_t>(message.text.size());
}

std::optional<ReceivedInheritance> receive_inheritance(int parent) {
  Message message(longest);
  ssize_t size = 0;
  do {
    size = ::recvmsg(parent, &message.header, MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  const cmsghdr* rights = size > 0 ? CMSG_FIRSTHDR(&message.header) : nullptr;
  Descriptors descriptors{};
  if (rights == nullptr || rights->cmsg_len != CMSG_LEN(sizeof descriptors)) return std::nullopt;
  std::memcpy(descriptors.data(), CMSG_DATA(rights), sizeof descriptors);
  return ReceivedInheritance{kj::AutoCloseFd(descriptors[0]), kj::AutoCloseFd(descriptors[1]),
                             message.text.substr(1, static_cast<std::size_t>(size) - 1)};
}

}  // namespace tilework::host
