// tilework-filter-host: the child process in which plugins run. Started by masters and workers with a socket
// as an inherited descriptor; never by hand.

#include <cstdlib>
#include <cstring>
#include <limits>

#include <malloc.h>
#include <opencv2/core/utility.hpp>
#include <unistd.h>

#include "server/host/child.h"
#include "server/host/filter_host.h"

namespace host = tilework::host;

// In the scheduler's levels (nice(2)): about a thirtieth of the share that others get.
constexpr int below_servers = 15;

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
  const auto limits = host::begin_host(argc, argv, [] {});
  // Masters, workers and clients have little to do, and everybody waits for it.
  [[maybe_unused]] const int level = ::nice(below_servers);
  keep_memory();
  cv::setNumThreads(0);  // one segment a host: the worker's slots use the cores
  host::serve_parent([&] { return kj::heap<host::FilterHost>(host::isolate(limits)); });
}
