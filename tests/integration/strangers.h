// Connections to a master that say nothing, as strangers make them. One thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <kj/io.h>

namespace tilework::test {

class Strangers {
 public:
  // Connects so many times. Throws std::runtime_error when nobody listens.
  Strangers(const std::string& master, std::size_t count);

  // Connections that the master has not closed.
  std::size_t open() const;

 private:
  std::vector<kj::AutoCloseFd> sockets_;
};

}  // namespace tilework::test
