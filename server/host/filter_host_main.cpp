// tilework-filter-host: the child process in which plugins run. Started by masters and workers with a socket
// as an inherited descriptor; never by hand.

#include <csignal>
#include <cstdio>

#include <fcntl.h>
#include <kj/async-io.h>
#include <opencv2/core/utility.hpp>
#include <sys/prctl.h>
#include <unistd.h>

#include "schema/transport/connection.h"
#include "server/host/filter_host.h"
#include "server/host/host_process.h"

namespace host = tilework::host;
namespace transport = tilework::transport;

int main() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() == 1 || ::fcntl(host::inherited_socket, F_GETFD) < 0) {
    std::fprintf(stderr, "tilework-filter-host is started by tilework-server, not by hand.\n");
    return 2;
  }
  cv::setNumThreads(0);  // one segment a host: the worker's slots use the cores
  auto io = kj::setupAsyncIo();
  transport::Connection parent(io.lowLevelProvider->wrapUnixSocketFd(host::inherited_socket),
                               capnp::rpc::twoparty::Side::SERVER, kj::heap<host::FilterHost>(),
                               transport::Descriptors::passed);
  parent.on_disconnect().wait(io.waitScope);
  ::_exit(0);  // plugins' destructors have no say
}
