#include "server/host/slab.h"

#include <cstring>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "schema/model/error.h"

namespace tilework::host {

TEST_CASE("a slab that has grown shows both sides the same bytes") {
  Slab parent = Slab::make();
  Slab child{kj::AutoCloseFd(::fcntl(parent.fd(), F_DUPFD_CLOEXEC, 0))};
  std::memset(parent.grow(1000), 1, 1000);
  child.catch_up();
  CHECK(child.range(999, 1)[0] == std::byte{1});

  std::byte* memory = parent.grow(10'000'000);
  CHECK(memory[999] == std::byte{1});
  std::memset(memory + 9'999'000, 2, 1000);
  child.catch_up();
  const std::byte* input = child.range(0, 1000);
  const std::byte* output = child.range(9'999'000, 1000);  // asking for one part doesn't move another
  CHECK(input[999] == std::byte{1});
  CHECK(output[999] == std::byte{2});
}

TEST_CASE("a part beyond a slab's end is refused, also where its offset overflows") {
  Slab parent = Slab::make();
  parent.grow(1000);
  Slab child{kj::AutoCloseFd(::fcntl(parent.fd(), F_DUPFD_CLOEXEC, 0))};
  child.catch_up();
  CHECK_THROWS_AS(child.range(1u << 30, 1), Error);
  CHECK_THROWS_AS(child.range(8, ~std::size_t{0} - 4), Error);
}

TEST_CASE("nobody can shrink a slab under the other's feet") {
  Slab parent = Slab::make();
  parent.grow(100'000);
  CHECK(::ftruncate(parent.fd(), 0) != 0);
}

}  // namespace tilework::host
