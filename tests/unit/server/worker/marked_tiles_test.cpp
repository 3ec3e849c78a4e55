// Marks that a worker sets around tiles, and what of a host's writing they show.
#include "server/worker/marked_tiles.h"

#include <array>
#include <cstring>

#include <catch2/catch.hpp>
#include <fcntl.h>

namespace tilework::worker {
namespace {

constexpr std::array<std::size_t, 3> sizes{1000, 64, 333};

// The slab as the host sees it.
std::byte* as_host(const host::Slab& slab) {
  static std::shared_ptr<host::Slab> mapped;
  mapped = host::Slab::received(kj::AutoCloseFd(::fcntl(slab.fd(), F_DUPFD_CLOEXEC, 0)));
  return mapped->data();
}

}  // namespace

TEST_CASE("tiles that a host fills leave the marks around them whole, also in a slab that is larger") {
  const std::size_t more = GENERATE(0, 100'000);
  const auto slab = host::Slab::make(MarkedTiles::room_for(sizes) + more);
  const MarkedTiles tiles(slab, sizes);
  std::byte* host = as_host(*slab);
  for (std::size_t i = 0; i < sizes.size(); ++i) std::memset(host + tiles.offset(i), 7, sizes[i]);
  CHECK(tiles.is_whole());
  CHECK(tiles.offset(2) + sizes[2] + 64 > slab->size());
  CHECK(tiles.bytes(1)[63] == std::byte{7});
}

TEST_CASE("a byte that a host writes beside any tile shows, whatever the host says") {
  const auto slab = host::Slab::make(MarkedTiles::room_for(sizes));
  const std::size_t tile = GENERATE(0, 1, 2);
  const bool behind = GENERATE(false, true);
  const MarkedTiles tiles(slab, sizes);
  std::byte* host = as_host(*slab);
  host[behind ? tiles.offset(tile) + sizes[tile] : tiles.offset(tile) - 1] ^= std::byte{1};
  CHECK_FALSE(tiles.is_whole());
}

}  // namespace tilework::worker
