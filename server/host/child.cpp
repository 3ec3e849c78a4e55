#include "server/host/child.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <kj/async-io.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "schema/transport/connection.h"
#include "server/host/process/spawn.h"
#include "server/host/zygote.h"

#if defined(__SANITIZE_ADDRESS__)
// At an exit, the search for leaks would start a process, which is what a host may not.
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_options() {
  return "detect_leaks=0";
}
#endif

namespace tilework::host {

HostLimits begin_host(int argc, char** argv, const std::function<void()>& prepare) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  HostLimits limits;
  const bool is_zygote = argc == 3 && std::string_view(argv[2]) == zygote_word;
  if ((argc != 2 && !is_zygote) || (limits.memory_bytes = std::strtoull(argv[1], nullptr, 10)) == 0 ||
      ::getppid() == 1 || ::fcntl(inherited_socket, F_GETFD) < 0) {
    std::fprintf(stderr, "%s is started by tilework-server, not by hand.\n", ::program_invocation_short_name);
    std::exit(2);
  }
  prepare();
  if (is_zygote) {
    fork_hosts();
    std::memset(argv[2], 0, std::strlen(argv[2]));  // in lists of processes, a host isn't its zygote
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() == 1) std::exit(2);
  }
  return limits;
}

void serve_parent(const std::function<rpc::Host::Client()>& make) {
  auto io = kj::setupAsyncIo();
  auto socket =
      io.lowLevelProvider->wrapUnixSocketFd(inherited_socket, kj::LowLevelAsyncIoProvider::ALREADY_NONBLOCK);
  transport::Connection parent(kj::mv(socket), capnp::rpc::twoparty::Side::SERVER, make(),
                               transport::fixed(transport::master_budget), transport::Descriptors::passed);
  parent.on_disconnect().wait(io.waitScope);
  ::_exit(exit_without_parent);  // plugins' destructors have no say
}

}  // namespace tilework::host
