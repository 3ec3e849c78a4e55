// How fast a TCP connection carries what is sent over it, as the kernel sees it from the other side's
// acknowledgements. One thread.
#pragma once

#include <cstdint>
#include <optional>

#include <kj/async-io.h>
#include <kj/io.h>

namespace tilework::transport {

class LinkRate {
 public:
  LinkRate() = default;  // of nothing
  explicit LinkRate(kj::AsyncIoStream& stream);

  // Bytes a second while there was something to carry, since the last call; none when too little was sent to
  // tell, and for other connections.
  std::optional<double> seen();

 private:
  kj::AutoCloseFd fd_;              // of our own, so that this may outlive the stream
  std::uint64_t acknowledged_ = 0;  // bytes, at the last call
  std::uint64_t busy_ = 0;          // microseconds, likewise
};

}  // namespace tilework::transport
