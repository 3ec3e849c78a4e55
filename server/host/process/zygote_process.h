// The zygote as its parent sees it: a process that has the host's program and its libraries loaded, opens no
// plugin, and makes hosts by forking itself, which costs a fraction of starting the program. On the event
// loop's thread.
#pragma once

#include <string>
#include <utility>

#include <kj/io.h>
#include <sys/types.h>

#include "server/host/process/spawn.h"

namespace tilework::host {

class ZygoteProcess {
 public:
  // The process is started with the first host.
  explicit ZygoteProcess(HostProgram program) : program_(std::move(program)) {}
  // Ends it. Its hosts live on.
  ~ZygoteProcess() noexcept { end(); }
  KJ_DISALLOW_COPY(ZygoteProcess);

  const HostProgram& program() const { return program_; }

  // A host, this process's own child: forked or, until the zygote is ready and after it has failed, started.
  // Throws tilework::Error when the system refuses.
  pid_t spawn(const Inherited& inherited);

 private:
  enum class Stage { none, starting, ready, failed };

  void start();
  bool is_ready();
  pid_t fork(const Inherited& inherited);
  void fail(const std::string& reason);
  void end();

  HostProgram program_;
  Stage stage_ = Stage::none;
  pid_t pid_ = -1;
  kj::AutoCloseFd socket_;
};

}  // namespace tilework::host
