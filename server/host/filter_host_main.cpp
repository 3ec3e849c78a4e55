// tilework-filter-host: the child process in which plugins run. Started by masters and workers with a socket
// as an inherited descriptor; never by hand.

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string_view>

#include <fcntl.h>
#include <kj/async-io.h>
#include <malloc.h>
#include <opencv2/core/utility.hpp>
#include <sys/prctl.h>
#include <unistd.h>

#include "schema/transport/connection.h"
#include "server/host/filter_host.h"
#include "server/host/isolation.h"
#include "server/host/process/spawn.h"
#include "server/host/zygote.h"

namespace host = tilework::host;
namespace transport = tilework::transport;

// In the scheduler's levels (nice(2)): about a thirtieth of the share that others get.
constexpr int below_servers = 15;

#if defined(__SANITIZE_ADDRESS__)
// At an exit, the search for leaks would start a process, which is what a host may not.
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_options() {
  return "detect_leaks=0";
}
#endif

// Filters take and give back megabytes for each tile, and fresh pages cost more than many a filter: what was
// given back stays, up to blocks of the largest size that the C library keeps, and some is there before the
// first tile.
void keep_memory() {
  constexpr int largest_kept = 32 << 20;
  constexpr std::size_t ready = 4 << 20;
  ::mallopt(M_MMAP_THRESHOLD, largest_kept);
  ::mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  void* const pages = std::malloc(ready);
  if (pages == nullptr) return;
  ::explicit_bzero(pages, ready);
  std::free(pages);
}

int main(int argc, char** argv) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  host::HostLimits limits;
  const bool is_zygote = argc == 3 && std::string_view(argv[2]) == host::zygote_word;
  if ((argc != 2 && !is_zygote) || (limits.memory_bytes = std::strtoull(argv[1], nullptr, 10)) == 0 ||
      ::getppid() == 1 || ::fcntl(host::inherited_socket, F_GETFD) < 0) {
    std::fprintf(stderr, "tilework-filter-host is started by tilework-server, not by hand.\n");
    return 2;
  }
  if (is_zygote) {
    host::fork_hosts();
    std::memset(argv[2], 0, std::strlen(argv[2]));  // in lists of processes, a host isn't its zygote
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() == 1) return 2;
  }
  // Masters, workers and clients have little to do, and everybody waits for it.
  [[maybe_unused]] const int level = ::nice(below_servers);
  keep_memory();
  cv::setNumThreads(0);  // one segment a host: the worker's slots use the cores
  auto io = kj::setupAsyncIo();
  auto socket = io.lowLevelProvider->wrapUnixSocketFd(host::inherited_socket,
                                                      kj::LowLevelAsyncIoProvider::ALREADY_NONBLOCK);
  auto filters = kj::heap<host::FilterHost>(host::isolate(limits));
  transport::Connection parent(kj::mv(socket), capnp::rpc::twoparty::Side::SERVER, kj::mv(filters),
                               transport::fixed(transport::master_budget), transport::Descriptors::passed);
  parent.on_disconnect().wait(io.waitScope);
  ::_exit(host::exit_without_parent);  // plugins' destructors have no say
}
