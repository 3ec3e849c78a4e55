#include "server/host/libraries/digest.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include <sodium.h>
#include <unistd.h>

#include "schema/model/error.h"

namespace tilework::host {

std::string digest_of(int fd) {
  constexpr std::size_t size = 32;
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, size);
  std::vector<unsigned char> buffer(1u << 18);
  for (off_t offset = 0;;) {
    const ssize_t got = ::pread(fd, buffer.data(), buffer.size(), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error(Fault::machine, std::string("a plugin can't be read: ") + std::strerror(errno));
    if (got == 0) break;
    crypto_generichash_update(&state, buffer.data(), static_cast<unsigned long long>(got));
    offset += got;
  }
  std::array<unsigned char, size> digest;
  crypto_generichash_final(&state, digest.data(), digest.size());
  std::array<char, 2 * size + 1> text;
  sodium_bin2hex(text.data(), text.size(), digest.data(), digest.size());
  return text.data();
}

}  // namespace tilework::host
