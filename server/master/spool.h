// Files without a name, for uploads and results: small ones in memory, for a disk's bookkeeping costs more
// than they do, others in the spool folder. On the event loop's thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include <kj/io.h>

namespace tilework::master {

class Spool {
 public:
  explicit Spool(std::string folder);

  // For about `bytes`. It is gone with its last owner, which may be on any thread. Throws tilework::Error.
  std::shared_ptr<kj::AutoCloseFd> take(std::uint64_t bytes);

 private:
  std::string folder_;
  std::shared_ptr<std::atomic<std::uint64_t>> in_memory_;  // bytes of small files, by what was expected
};

}  // namespace tilework::master
