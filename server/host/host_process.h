// A filter host as its parent sees it: a child process, its RPC capability, and the memory that it shares.
// On the event loop's thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <kj/async-io.h>
#include <sys/types.h>

#include "schema/host.capnp.h"
#include "schema/transport/connection.h"
#include "server/host/isolation.h"
#include "server/host/memory_cgroup.h"
#include "server/host/slab.h"
#include "server/host/slab_sharing.h"

namespace tilework::host {

// Where a host finds what it inherits.
inline constexpr int inherited_socket = 3;

struct HostProgram {
  std::string path;
  HostLimits limits;
};

class HostProcess {
 public:
  // Starts the program. Throws tilework::Error when the system refuses.
  HostProcess(kj::LowLevelAsyncIoProvider& io, const HostProgram& program);
  // Ends the process, whatever it does, and doesn't wait until it has gone.
  ~HostProcess() noexcept;
  KJ_DISALLOW_COPY(HostProcess);

  rpc::FilterHost::Client& client() { return client_; }
  SlabSharer& slabs() { return *slabs_; }
  // Memory for tiles, which this host alone may write.
  SlabPool& outputs() { return outputs_; }
  pid_t pid() const { return pid_; }

  // Ends the process, and says how it had ended by itself, if it had: "it crashed (Segmentation fault)". The
  // answer comes when it has gone, also when this object has before. Once.
  kj::Promise<std::string> end();
  // Whether the program has answered at all: one that ended before found no room on this machine.
  bool came_up() const { return came_up_; }
  // Whether a cgroup counts its memory.
  bool has_cgroup() const { return cgroup_ != nullptr; }

 private:
  void end_in_thread(std::function<void(std::string)> tell);

  pid_t pid_ = -1;
  HostLimits limits_;
  std::unique_ptr<MemoryCgroup> cgroup_;
  SlabPool outputs_;
  kj::Own<transport::Connection> connection_;
  rpc::FilterHost::Client client_;
  kj::Own<SlabSharer> slabs_;
  bool came_up_ = false;
  kj::Promise<void> coming_up_ = nullptr;
};

}  // namespace tilework::host
