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
#include "server/host/cgroups/host_cgroup.h"
#include "server/host/memory/file_sharing.h"
#include "server/host/memory/slab_sharing.h"
#include "server/host/output/host_output.h"
#include "server/host/process/zygote_process.h"

namespace tilework::host {

class HostProcess {
 public:
  // Starts the program, or forks it. Throws tilework::Error when the system refuses.
  HostProcess(kj::LowLevelAsyncIoProvider& io, ZygoteProcess& zygote);
  // Ends the process, whatever it does, and doesn't wait until it has gone.
  ~HostProcess() noexcept;
  KJ_DISALLOW_COPY(HostProcess);

  rpc::FilterHost::Client& client() { return client_; }
  SlabSharer& slabs() { return *slabs_; }
  FileSharer& files() { return *files_; }
  // Lets go of `what` when the process has gone, on another thread. Once.
  void hold(std::shared_ptr<const void> what) { held_ = std::move(what); }
  // Keeps what the host may write from others until it rests, or has gone: one that is being ended may go on
  // for a moment.
  void writes_to(std::shared_ptr<const Slab> slab) { written_ = std::move(slab); }
  pid_t pid() const { return pid_; }
  // Which filters it has loaded, for the log of what it says.
  void name_filters(std::string names) { output_->name_filters(std::move(names)); }

  // Ends the process, and says what it had said out of turn, or how it had ended by itself, if it had: "it
  // crashed (Segmentation fault)". The answer comes when it has gone, also when this object has before. Once.
  kj::Promise<std::string> end();
  // Whether the program has answered at all: one that ended before found no room on this machine.
  bool came_up() const { return came_up_; }
  // Whether it runs threads besides its own one: they may write wherever it may, at any time.
  bool has_threads() const;
  // Whether it can be used again. One that still says something may take as much memory as it likes for it.
  bool is_fit() const {
    return pid_ >= 0 && fault_.empty() && !connection_->is_within_message() && !has_threads();
  }
  // While it is at rest it has nothing to say. At first it is.
  void rest(bool is_at_rest);
  // That it has had since its start.
  kj::Duration processor_time() const;

 private:
  void end_in_thread(std::function<void(std::string)> tell);

  pid_t pid_ = -1;
  int socket_ = -1;  // the connection's
  HostLimits limits_;
  kj::Own<HostOutput> output_;
  std::unique_ptr<HostCgroup> cgroup_;
  std::shared_ptr<const void> held_;
  std::shared_ptr<const Slab> written_;
  std::shared_ptr<transport::Budget> budget_ = std::make_shared<transport::Budget>(transport::host_budget);
  kj::Own<transport::Connection> connection_;
  rpc::FilterHost::Client client_;
  kj::Own<SlabSharer> slabs_;
  std::string fault_;  // for which its connection was ended; empty: none
  kj::Own<FileSharer> files_;
  bool came_up_ = false;
  kj::Promise<void> coming_up_ = nullptr;
};

}  // namespace tilework::host
