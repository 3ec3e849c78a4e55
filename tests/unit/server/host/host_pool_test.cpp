// Who gets a host, and when. Another program stands for the hosts.
#include "server/host/host_pool.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <sys/wait.h>

#include "tests/support/temp_dir.h"

namespace tilework::host {
namespace {

struct Pool {
  explicit Pool(unsigned unused = 0, const char* program = "/bin/sleep")
      : pool(*io.lowLevelProvider, {program, {.memory_bytes = 256 << 20}}, {.leased = 2, .unused = unused}) {}

  std::shared_ptr<HostGroup> group(const std::string& tenant, Stay stay = Stay::for_more,
                                   std::vector<std::string> digests = {"a"}) {
    return pool.group({tenant, std::move(digests)}, stay);
  }
  HostLease get(const std::shared_ptr<HostGroup>& group, bool is_quick = false) {
    return pool.acquire(group, is_quick).wait(io.waitScope);
  }
  HostLease get(bool is_quick = false) { return get(group("anybody"), is_quick); }
  // A lease of it that was given back: which host that was.
  std::uint64_t used_by(const std::shared_ptr<HostGroup>& group) {
    auto lease = get(group);
    const auto serial = lease.serial();
    lease.give_back();
    return serial;
  }
  // Until hosts have been started and ended as the pool likes it.
  void wait_for_tidying() { io.provider->getTimer().afterDelay(500 * kj::MILLISECONDS).wait(io.waitScope); }
  bool is_there(kj::Promise<HostLease>& lease) { return lease.poll(io.waitScope); }

  kj::AsyncIoContext io = kj::setupAsyncIo();
  HostPool pool;
};

}  // namespace

TEST_CASE("what is quick gets a host beyond the capacity, where others have them all") {
  Pool with;
  auto first = kj::heap(with.get());
  const auto second = with.get();
  auto slow = with.pool.acquire(with.group("anybody"));
  CHECK_FALSE(with.is_there(slow));
  auto quick = kj::heap(with.get(true));
  auto next_quick = with.pool.acquire(with.group("anybody"), true);
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
  auto third = with.pool.acquire(with.group("anybody"), true);
  CHECK_FALSE(with.is_there(third));
  const auto other = with.get();  // beside them
  CHECK(with.pool.busy() == 3);
}

TEST_CASE("a host serves those alone who had it first") {
  Pool with;
  const auto ours = with.used_by(with.group("us"));
  CHECK(with.used_by(with.group("us")) == ours);
  CHECK(with.used_by(with.group("others")) != ours);
  CHECK(with.used_by(with.group("us", Stay::for_more, {"a", "b"})) != ours);
  CHECK(with.used_by(with.group("us")) == ours);
}

TEST_CASE("hosts of work that is done go, and stay while it goes on") {
  Pool with;
  auto job = with.group("job", Stay::for_this_work);
  auto in_use = use(job);
  const auto first = with.used_by(job);
  const auto other = with.used_by(with.group("others"));
  with.wait_for_tidying();
  CHECK(with.used_by(job) == first);
  in_use = nullptr;
  with.wait_for_tidying();
  CHECK(with.used_by(job) != first);
  CHECK(with.used_by(with.group("others")) == other);
}

TEST_CASE("a job's hosts are still its own after the pause between its passes") {
  Pool with(1);
  auto job = with.group("job", Stay::for_this_work);
  std::uint64_t used = 0;
  {
    const auto pass = use(job);
    used = with.used_by(job);
  }
  with.io.provider->getTimer().afterDelay(60 * kj::MILLISECONDS).wait(with.io.waitScope);
  CHECK(with.used_by(job) == used);
}

TEST_CASE("of hosts that nobody needs now those are kept that were used last") {
  Pool with;
  std::vector<std::uint64_t> used;
  for (const char* tenant : {"a", "b", "c", "d"}) used.push_back(with.used_by(with.group(tenant)));
  with.wait_for_tidying();
  CHECK(with.used_by(with.group("d")) == used[3]);
  CHECK(with.used_by(with.group("b")) == used[1]);
  CHECK(with.used_by(with.group("a")) != used[0]);  // three are kept
}

TEST_CASE("hosts of groups in use are kept while several take turns") {
  Pool with;
  std::vector<kj::Own<void>> in_use;
  std::vector<std::shared_ptr<HostGroup>> groups;
  std::vector<std::uint64_t> used;
  for (const char* tenant : {"a", "b", "c", "d", "e", "f"}) {
    groups.push_back(with.group(tenant, Stay::for_this_work));
    in_use.push_back(use(groups.back()));
    used.push_back(with.used_by(groups.back()));
  }
  with.wait_for_tidying();
  for (std::size_t i = 0; i < groups.size(); ++i) CHECK(with.used_by(groups[i]) == used[i]);
}

TEST_CASE(
    "a group's memory is nobody else's while one of its hosts is there, and empty when another gets it") {
  constexpr std::size_t size = 1 << 20;
  Pool with;
  std::uint64_t id = 0;
  {
    auto us = with.group("us", Stay::for_this_work);
    with.used_by(us);
    auto slab = us->inputs.take(size);
    id = slab->id();
    slab->data()[size - 1] = std::byte{1};
    slab.reset();
    slab = us->inputs.take(size);
    CHECK(slab->id() == id);
    CHECK(slab->data()[size - 1] == std::byte{1});
  }
  auto others = with.group("others");
  auto other = others->inputs.take(size);
  CHECK(other->id() != id);
  with.pool.retire({});
  std::shared_ptr<Slab> again;
  for (int i = 0; i < 100 && (again == nullptr || again->id() != id); ++i) {
    with.io.provider->getTimer().afterDelay(20 * kj::MILLISECONDS).wait(with.io.waitScope);
    again = with.group("more " + std::to_string(i))->outputs.take(size);
  }
  CHECK(again->id() == id);
  CHECK(
      std::all_of(again->data(), again->data() + size, [](std::byte byte) { return byte == std::byte{0}; }));
}

TEST_CASE("a host that works though nothing was asked of it is ended") {
  const test::TempDir folder;
  const std::string program = folder.file("works");
  std::ofstream(program) << "#!/bin/sh\nwhile :; do :; done\n";
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  const bool works = GENERATE(false, true);
  Pool with(0, works ? program.c_str() : "/bin/sleep");
  const auto first = with.used_by(with.group("us"));
  with.io.provider->getTimer().afterDelay(1500 * kj::MILLISECONDS).wait(with.io.waitScope);
  CHECK((with.used_by(with.group("us")) == first) != works);
}

TEST_CASE("a host that has ended isn't given out again") {
  Pool with;
  auto lease = with.get(with.group("us"));
  const auto serial = lease.serial();
  lease.process().end().wait(with.io.waitScope);
  lease.give_back();
  CHECK(with.used_by(with.group("us")) != serial);
}

TEST_CASE("hosts with plugins that nobody wants any more leave, also those that are at work") {
  Pool with;
  const auto kept = with.used_by(with.group("us"));
  const auto old = with.group("us", Stay::for_more, {"old"});
  const auto idle = with.used_by(old);
  auto busy = with.get(with.group("others", Stay::for_more, {"old"}));
  const auto serial = busy.serial();
  with.pool.retire({"a"});
  busy.give_back();
  with.pool.retire({"a", "old"});
  CHECK(with.used_by(with.group("us")) == kept);
  CHECK(with.used_by(old) != idle);
  CHECK(with.used_by(with.group("others", Stay::for_more, {"old"})) != serial);
}

TEST_CASE("hosts that nobody has used are ready, and others are started in their place") {
  Pool with(2);
  with.pool.warm_up();
  const pid_t first = with.pool.unused().pid();
  auto ours = with.get(with.group("us"));
  CHECK(ours.process().pid() == first);
  const pid_t second = with.pool.unused().pid();
  auto others = with.get(with.group("others"));
  CHECK(others.process().pid() == second);
  with.wait_for_tidying();
  const auto last = ours.serial() > others.serial() ? ours.serial() : others.serial();
  others.give_back();
  CHECK(with.used_by(with.group("more")) == last + 1);
  CHECK(with.used_by(with.group("still more")) == last + 2);
}

TEST_CASE("a group is the same for the same tenant and libraries, in any order") {
  const wire::BoundCall a{"f", "digest-a", {}, ""}, b{"g", "digest-b", {}, ""};
  CHECK(key_of("us", {a, b, a}) == key_of("us", {b, a}));
  CHECK(key_of("us", {a}) != key_of("us", {a, b}));
  CHECK(key_of("us", {a}) != key_of("others", {a}));
  SlabPool memory(0);
  HostGroups groups(memory);
  auto first = groups.get(key_of("us", {a, b}), Stay::for_this_work);
  CHECK(groups.get(key_of("us", {b, a}), Stay::for_this_work) == first);
  const std::weak_ptr<HostGroup> gone = first;
  first = nullptr;
  CHECK(gone.expired());
  const std::weak_ptr<HostGroup> kept = groups.get(key_of("us", {a}), Stay::for_more);
  CHECK_FALSE(kept.expired());
  for (int i = 0; i < 20; ++i) groups.get(key_of(std::to_string(i), {a}), Stay::for_more);
  CHECK(kept.expired());
}

}  // namespace tilework::host
