// How fast a TCP connection carries what is sent over it, as the kernel sees it from the other side's
// acknowledgements. One thread.
#pragma once

#include <optional>

#include <kj/async-io.h>
#include <kj/io.h>

namespace tilework::transport {

class LinkRate {
 public:
  struct Seen {
    double bytes_per_second;
    bool was_busy;  // there was always something to send; otherwise the link may be faster
  };

  LinkRate() = default;  // of nothing
  explicit LinkRate(kj::AsyncIoStream& stream);

  // Lately; none for other connections, and when nothing was sent.
  std::optional<Seen> seen() const;

 private:
  kj::AutoCloseFd fd_;  // of our own, so that this may outlive the stream
};

}  // namespace tilework::transport
