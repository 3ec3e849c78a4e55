#include "tools/cli/wait_for_pipe.h"

#include <poll.h>

#include "schema/model/error.h"

namespace tilework::cli {
namespace {

constexpr int moment_ms = 100;

void check(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Error(Fault::cancelled, "cancelled");
}

}  // namespace

void wait_for_pipe(int descriptor, PipeEnd end, const std::stop_token& stop) {
  const short event = end == PipeEnd::reading ? POLLIN : POLLOUT;
  while (true) {
    check(stop);
    pollfd waited{descriptor, event, 0};
    if (::poll(&waited, 1, moment_ms) > 0) return;
  }
}

void wait_a_moment(const std::stop_token& stop) {
  check(stop);
  ::poll(nullptr, 0, moment_ms);
}

}  // namespace tilework::cli
