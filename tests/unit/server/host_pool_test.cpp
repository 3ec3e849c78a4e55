// Who gets a host, and when. Another program stands for the hosts.
#include "server/host/host_pool.h"

#include <catch2/catch.hpp>

namespace tilework::host {
namespace {

struct Pool {
  kj::AsyncIoContext io = kj::setupAsyncIo();
  HostPool pool{*io.lowLevelProvider, {"/bin/sleep", {.memory_bytes = 256 << 20}}, 2};

  HostLease get(bool is_quick = false) { return pool.acquire({}, is_quick).wait(io.waitScope); }
  bool is_there(kj::Promise<HostLease>& lease) { return lease.poll(io.waitScope); }
};

}  // namespace

TEST_CASE("what is quick gets a host beyond the capacity, where others have them all") {
  Pool with;
  auto first = kj::heap(with.get());
  const auto second = with.get();
  auto slow = with.pool.acquire({});
  CHECK_FALSE(with.is_there(slow));
  auto quick = kj::heap(with.get(true));
  auto next_quick = with.pool.acquire({}, true);
  CHECK_FALSE(with.is_there(next_quick));
  CHECK_FALSE(with.is_there(slow));
  quick = nullptr;
  CHECK(with.is_there(next_quick));
  first = nullptr;
  CHECK(with.is_there(slow));
  CHECK(with.pool.busy() == 3);
}

TEST_CASE("what is quick has no more hosts than the capacity where nothing else has any") {
  Pool with;
  const auto first = with.get(true);
  const auto second = with.get(true);
  auto third = with.pool.acquire({}, true);
  CHECK_FALSE(with.is_there(third));
  const auto other = with.get();  // beside them
  CHECK(with.pool.busy() == 3);
}

}  // namespace tilework::host
