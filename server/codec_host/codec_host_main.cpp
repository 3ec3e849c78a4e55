// tilework-codec-host: the child process in which images are decoded and encoded. Started by masters and
// workers with a socket as an inherited descriptor; never by hand.

#include <csignal>

#include "server/codec_host/codec_host.h"
#include "server/host/child.h"
#include "server/imageio/initialise.h"

namespace host = tilework::host;

int main(int argc, char** argv) {
  auto limits = host::begin_host(argc, argv, [argv] { tilework::imageio::initialise(argv[0]); });
  limits.file_bytes = host::any_file;
  std::signal(SIGXFSZ, SIG_IGN);  // a file that is larger than allowed is an error of writing
  host::serve_parent([&] { return kj::heap<tilework::codec::CodecHost>(host::isolate(limits)); });
}
