// Connections to a master that say nothing, as strangers make them. One thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <kj/io.h>

namespace tilework::test {

class Strangers {
 public:
  explicit Strangers(const std::string& master) : master_(master) {}
  // Connects so many times.
  Strangers(const std::string& master, std::size_t count);

  // One more, from an address of this machine, such as "127.0.3.1". Throws std::runtime_error when nobody
  // listens.
  void come(const std::string& from = "127.0.0.1");

  // Connections that the master has not closed.
  std::size_t open() const;

 private:
  std::string master_;
  std::vector<kj::AutoCloseFd> sockets_;
};

}  // namespace tilework::test
