// A pipe for what a host writes to its standard output and error, of which each line becomes one of this
// process's log. Of its own, so that nothing a host does to it harms the log or other hosts. On the event
// loop's thread, but for the rest.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <kj/async-io.h>
#include <kj/io.h>
#include <sys/types.h>

#include "server/host/output/said_budget.h"

namespace tilework::host {

class HostOutput {
 public:
  // Throws tilework::Error when the system gives no pipe.
  HostOutput(kj::LowLevelAsyncIoProvider& io, std::shared_ptr<SaidBudget> together);
  KJ_DISALLOW_COPY(HostOutput);

  // For the host, until it has been started.
  int its_end() const { return its_end_; }
  // The host has its end: reads from now on. A host that says much is made to wait, and never for long.
  void read_from(pid_t host);

  // Which filters the host has loaded, for the log.
  void name_filters(std::string names);

  // Reads no more. Gives what reads the rest when the host has gone, once; any thread, also when this object
  // has gone.
  std::function<void()> stop();

 private:
  struct Pipe;
  kj::Promise<void> read();

  kj::Timer& timer_;
  kj::AutoCloseFd its_end_;
  std::shared_ptr<Pipe> pipe_;
  kj::Own<kj::AsyncInputStream> stream_;
  kj::Promise<void> reading_ = nullptr;
};

}  // namespace tilework::host
