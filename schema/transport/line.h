// A TCP connection beside what is said over it: how much has moved on it, and its end. One thread.
#pragma once

#include <cstdint>

#include <kj/async-io.h>
#include <kj/io.h>

namespace tilework::transport {

class Line {
 public:
  explicit Line(kj::AsyncIoStream& stream);

  // Bytes that the other side's system has acknowledged, and bytes that came from there. A frozen process
  // still acknowledges, but only what fits into its system's buffers. 0 for connections of other kinds.
  std::uint64_t moved() const;

  // Closes the connection, whoever holds it. What was sent before still goes out.
  void cut();

 private:
  kj::AutoCloseFd fd_;  // of our own, so that this may outlive the stream
};

}  // namespace tilework::transport
