// What a plugin can say over the socket that its host inherited, in the host's place: a million times the
// question that begins a connection (capnp/rpc.capnp's Bootstrap), without the library.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <unistd.h>

namespace tilework::test {

inline void flood_parent() {
  constexpr int socket = 3;
  constexpr std::uint64_t one_word_one_pointer = 0x0001'0001'0000'0000;
  constexpr std::uint64_t bootstrap = 8;                       // of the kinds of messages
  constexpr std::uint64_t beginning = std::uint64_t{5} << 32;  // one segment, of five words
  std::vector<std::array<std::uint64_t, 6>> messages(1000);
  for (std::uint32_t question = 0; question < 1'000'000;) {
    for (auto& message : messages) {
      message = {beginning, one_word_one_pointer, bootstrap, one_word_one_pointer, question++, 0};
    }
    const auto* bytes = reinterpret_cast<const char*>(messages.data());
    for (std::size_t sent = 0, all = messages.size() * sizeof messages[0]; sent < all;) {
      const ssize_t now = ::write(socket, bytes + sent, all - sent);
      if (now > 0) sent += static_cast<std::size_t>(now);
    }
  }
}

}  // namespace tilework::test
