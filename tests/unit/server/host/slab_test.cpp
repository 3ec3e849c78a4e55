#include "server/host/memory/slab.h"

#include <algorithm>
#include <cstring>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "schema/model/error.h"
#include "tests/support/child.h"

namespace tilework::host {
namespace {

// As another process would get it.
std::shared_ptr<Slab> other_side(const Slab& slab) {
  return Slab::received(kj::AutoCloseFd(::fcntl(slab.fd(), F_DUPFD_CLOEXEC, 0)));
}

}  // namespace

TEST_CASE("a slab shows both sides the same bytes") {
  const auto made = Slab::make(10'000'000);
  const auto received = other_side(*made);
  REQUIRE(received->size() >= 10'000'000);
  made->data()[9'999'999] = std::byte{7};
  CHECK(received->data()[9'999'999] == std::byte{7});
  received->data()[0] = std::byte{8};
  CHECK(made->data()[0] == std::byte{8});
}

TEST_CASE("rows beyond a slab's end are refused, also where their numbers overflow") {
  const auto slab = Slab::make(4096);
  CHECK(slab->rows(96, 100, 40, 100) == slab->data() + 96);
  CHECK(slab->rows(0, 100, 41, 96) == slab->data());
  const std::uint64_t huge = ~std::uint64_t{0};
  CHECK_THROWS_AS(slab->rows(97, 100, 40, 100), Error);
  CHECK_THROWS_AS(slab->rows(0, 100, 41, 97), Error);
  CHECK_THROWS_AS(slab->rows(0, 100, 42, 1), Error);
  CHECK_THROWS_AS(slab->rows(0, 50, 10, 51), Error);
  CHECK_THROWS_AS(slab->rows(0, 0, 10, 0), Error);
  CHECK_THROWS_AS(slab->rows(huge - 4, 8, 2, 8), Error);
  CHECK_THROWS_AS(slab->rows(8, huge, 2, 8), Error);
  CHECK_THROWS_AS(slab->rows(8, 8, huge, 8), Error);
}

TEST_CASE("nobody can change a slab's size under the other's feet") {
  const auto slab = Slab::make(100'000);
  CHECK(::ftruncate(slab->fd(), 0) != 0);
  CHECK(::ftruncate(slab->fd(), 1'000'000) != 0);
}

TEST_CASE("what isn't sealed memory is no slab") {
  CHECK_THROWS_AS(Slab::received(kj::AutoCloseFd(::open("/dev/zero", O_RDONLY))), Error);
  const int unsealed = ::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  REQUIRE(::ftruncate(unsealed, 4096) == 0);
  CHECK_THROWS_AS(Slab::received(kj::AutoCloseFd(unsealed)), Error);
}

TEST_CASE("a slab that was handed on for reading can't be written") {
  const auto made = Slab::make(4096);
  made->data()[0] = std::byte{1};
  const auto received = Slab::received(made->read_only_fd());
  CHECK(received->data()[0] == std::byte{1});
  CHECK(test::signal_of_child([&] { received->data()[0] = std::byte{2}; }) == SIGSEGV);
  CHECK(made->data()[0] == std::byte{1});
}

TEST_CASE("whoever runs over a slab's end is stopped") {
  const auto slab = Slab::make(4096);
  std::byte* data = slab->data();
  CHECK(test::signal_of_child([&] { data[slab->size() - 1] = std::byte{1}; }) == 0);
  CHECK(test::signal_of_child([&] { data[slab->size()] = std::byte{1}; }) == SIGSEGV);
  CHECK(test::signal_of_child([&] { data[-1] = std::byte{1}; }) == SIGSEGV);
}

TEST_CASE("a pool gives slabs again, but none that is much too large or abandoned") {
  SlabPool pool(100'000'000);
  auto first = pool.take(1'000'000);
  const auto id = first->id();
  first.reset();
  CHECK(pool.take(400'000)->id() != id);
  auto second = pool.take(990'000);
  CHECK(second->id() == id);
  CHECK(pool.take(990'000)->id() != id);
  second->abandon();
  second.reset();
  CHECK(pool.take(990'000)->id() != id);
}

TEST_CASE("a pool keeps no more idle memory than it may, and slabs outlive it") {
  auto pool = std::make_unique<SlabPool>(1'500'000);
  auto first = pool->take(1'000'000);
  auto second = pool->take(1'000'000);
  const auto reader = other_side(*first);
  first->data()[0] = std::byte{1};
  first.reset();
  CHECK(reader->data()[0] == std::byte{1});
  second.reset();  // and `first` has to go
  CHECK(reader->data()[0] == std::byte{0});
  auto third = pool->take(1'000'000);
  pool.reset();
  third->data()[0] = std::byte{3};
}

TEST_CASE("slabs that hold nothing were cleared, and those of a pool's own pool are its own to its end") {
  SlabPool pool(10'000'000, SlabPool::Contents::none);
  auto inner = std::make_unique<SlabPool>(10'000'000, pool);
  auto slab = inner->take(1'000'000);
  const auto id = slab->id();
  std::fill(slab->data(), slab->data() + slab->size(), std::byte{1});
  slab.reset();
  CHECK(pool.take(1'000'000)->id() != id);
  slab = inner->take(1'000'000);
  CHECK(slab->id() == id);
  auto larger = inner->take(11'000'000);
  larger.reset();  // more than it keeps
  CHECK(pool.take(11'000'000)->data()[0] == std::byte{0});
  inner.reset();
  CHECK(pool.take(1'000'000)->id() != id);
  slab.reset();
  slab = pool.take(1'000'000);
  CHECK(slab->id() == id);
  CHECK(std::count(slab->data(), slab->data() + slab->size(), std::byte{0}) ==
        static_cast<std::ptrdiff_t>(slab->size()));
}

}  // namespace tilework::host
