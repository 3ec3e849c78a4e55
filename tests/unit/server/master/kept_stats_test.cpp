// What views keep of stats: as much as they may, and together no more than all may.
#include "server/master/previews/kept_stats.h"

#include <catch2/catch.hpp>

namespace tilework::master {
namespace {

const KeptStats::Bytes small(100);
const KeptStats::Bytes large(100 << 20);

}  // namespace

TEST_CASE("a view keeps stats by their key, and gives all back with its end") {
  const auto of_all = std::make_shared<std::uint64_t>(0);
  {
    KeptStats kept(of_all);
    kept.keep("a", small);
    kept.keep("a", small);
    REQUIRE(kept.find("a") != nullptr);
    CHECK(*kept.find("a") == small);
    CHECK(kept.find("b") == nullptr);
    CHECK(*of_all == 100);
  }
  CHECK(*of_all == 0);
}

TEST_CASE("a view that would keep too much lets go of what it had before") {
  const auto of_all = std::make_shared<std::uint64_t>(0);
  KeptStats kept(of_all);
  kept.keep("a", large);
  kept.keep("b", large);
  CHECK(kept.find("a") == nullptr);
  CHECK(kept.find("b") != nullptr);
  CHECK(*of_all == 100 << 20);
  kept.keep("more than a view may keep", KeptStats::Bytes((128 << 20) + 1));
  CHECK(*of_all == 0);
  for (int i = 0; i < 256; ++i) kept.keep(std::to_string(i), small);
  CHECK(*of_all == 25'600);
  kept.keep("one more", small);
  CHECK(*of_all == 100);
}

TEST_CASE("a view for which others leave no room keeps nothing") {
  const auto of_all = std::make_shared<std::uint64_t>((512 << 20) - 150);
  KeptStats kept(of_all);
  kept.keep("a", small);
  CHECK(kept.find("a") != nullptr);
  kept.keep("b", small);
  CHECK(kept.find("a") == nullptr);
  CHECK(kept.find("b") != nullptr);
  kept.keep("c", KeptStats::Bytes(200));
  CHECK(kept.find("c") == nullptr);
}

}  // namespace tilework::master
