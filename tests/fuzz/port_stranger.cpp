// The master's port, as strangers find it: connections that haven't signed in. The first byte says how the
// input comes; the rest goes over the wire as it is.
#include <string>

#include "tests/fuzz/fed_master.h"
#include "tests/fuzz/source.h"
#include "tests/fuzz/target.h"

namespace tilework::fuzz {

void run(Bytes bytes) {
  auto& master = FedMaster::get();
  Source source(bytes);
  const std::uint8_t how = source.byte();
  const auto feed = master.connect((how & 1) != 0);
  if ((how & 2) != 0) feed->stall();
  if ((how & 4) != 0) {
    const auto first = source.take(source.byte());
    feed->say({first.begin(), first.end()});
    master.work();
  }
  const auto rest = source.rest();
  feed->say({rest.begin(), rest.end()});
  master.work();
  if ((how & 8) != 0) master.pass(2 * kj::SECONDS);
  master.part_from(*feed);
}

}  // namespace tilework::fuzz
