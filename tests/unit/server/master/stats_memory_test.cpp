// Who may hold how much of filters' stats.
#include "server/master/jobs/stats_memory.h"

#include <catch2/catch.hpp>

#include "schema/model/error.h"

namespace tilework::master {
namespace {

using Catch::Contains;
constexpr std::size_t mebibyte = 1 << 20;

}  // namespace

TEST_CASE("the stats of a recipe's filters have a limit together") {
  StatsMemory memory;
  const std::vector<std::vector<std::byte>> before{std::vector<std::byte>(100 * mebibyte)};
  CHECK_NOTHROW(memory.take(1, before, 28 * mebibyte));
  CHECK_THROWS_WITH(memory.take(1, before, 28 * mebibyte + 1), Contains("more than 128 MiB together"));
}

TEST_CASE("a client that holds all the stats that it may gets more when some have gone") {
  StatsMemory memory;
  auto held = memory.take(1, {}, 100 * mebibyte);
  CHECK_THROWS_WITH(memory.take(1, {}, 29 * mebibyte), Contains("a client's jobs and previews"));
  const auto others = memory.take(2, {}, 100 * mebibyte);
  held.reset();
  CHECK_NOTHROW(memory.take(1, {}, 128 * mebibyte));
}

TEST_CASE("all clients together hold no more stats than the master has room for") {
  StatsMemory memory;
  auto first = memory.take(1, {}, 128 * mebibyte);
  const auto second = memory.take(2, {}, 127 * mebibyte);
  const auto small = memory.take(3, {}, mebibyte);
  CHECK_THROWS_WITH(memory.take(4, {}, 1), Contains("try again later"));
  first.reset();
  CHECK_NOTHROW(memory.take(4, {}, 128 * mebibyte));
}

}  // namespace tilework::master
