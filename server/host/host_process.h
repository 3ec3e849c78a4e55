// A filter host as its parent sees it: a child process, its RPC capability and its slab. On the event loop's
// thread.
#pragma once

#include <string>

#include <kj/async-io.h>
#include <sys/types.h>

#include "schema/host.capnp.h"
#include "schema/transport/connection.h"
#include "server/host/slab.h"

namespace tilework::host {

// Where a host finds what it inherits.
inline constexpr int inherited_socket = 3;
inline constexpr int inherited_slab = 4;

class HostProcess {
 public:
  // Starts `program`. Throws tilework::Error when the system refuses.
  HostProcess(kj::LowLevelAsyncIoProvider& io, const std::string& program);
  // Ends the process, whatever it does.
  ~HostProcess() noexcept;
  KJ_DISALLOW_COPY(HostProcess);

  rpc::FilterHost::Client& client() { return client_; }
  Slab& slab() { return slab_; }
  pid_t pid() const { return pid_; }

  // Ends the process, and says how it had ended by itself, if it had: "it crashed (Segmentation fault)".
  std::string end();

 private:
  pid_t pid_ = -1;
  Slab slab_;
  kj::Own<transport::Connection> connection_;
  rpc::FilterHost::Client client_;
};

}  // namespace tilework::host
