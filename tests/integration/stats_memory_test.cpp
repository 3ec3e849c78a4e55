// Global filters that learn much of each tile: what waits to be merged has its limits.
#include <chrono>
#include <future>
#include <thread>

#include <catch2/catch.hpp>
#include <opencv2/imgcodecs.hpp>

#include "client/session/session.h"
#include "tests/integration/cluster.h"
#include "tests/integration/peak.h"
#include "tests/support/images.h"

using namespace std::chrono_literals;

namespace tilework::test {
namespace {

client::JobSpec job(Cluster& cluster, const std::string& filter) {
  client::JobSpec spec;
  spec.input = cluster.folder().file("in.png");
  spec.output = cluster.folder().file(filter + ".png");
  spec.name = "in.png";
  spec.recipe = {{filter, {}}};
  spec.format = "png";
  spec.tile_width = spec.tile_height = 128;
  return spec;
}

}  // namespace

TEST_CASE("stats that come faster than they are merged don't pile up in the master") {
#if defined(__SANITIZE_ADDRESS__)
  constexpr std::uint64_t freed_and_kept = 512;  // MiB
#else
  constexpr std::uint64_t freed_and_kept = 0;
#endif
  Cluster cluster(2, {}, {"--slots", "4"});
  write_photo(cluster.folder().file("in.png"), {1024, 1024});
  const auto before = peak_of(cluster.master());
  auto session = cluster.session();
  session.apply(job(cluster, "test-learns-much")).get();
  const cv::Mat result = cv::imread(cluster.folder().file("test-learns-much.png"), cv::IMREAD_UNCHANGED);
  CHECK(cv::countNonZero(result.reshape(1) != 64) == 0);
  // 64 tiles' are 768 MiB; of those that wait, each is in a message that came and in one that goes.
  CHECK(peak_of(cluster.master()) - before < 2 * 64 + 100 + freed_and_kept);
}

TEST_CASE("a filter whose stats of a tile are too large fails its job with the limit") {
  Cluster cluster(1);
  write_photo(cluster.folder().file("in.png"), {300, 200});
  auto session = cluster.session();
  CHECK_THROWS_WITH(session.apply(job(cluster, "test-learns-too-much")).get(),
                    Catch::Contains("test-learns-too-much has stats of more than 16 MiB for a tile"));
}

TEST_CASE("a filter that takes its time to merge stats holds up nobody else's large job") {
  Cluster cluster(1, {}, {"--slots", "2"});
  write_photo(cluster.folder().file("in.png"), {1024, 1024});
  auto slow = cluster.session();
  auto session = cluster.session();
  const auto learning = slow.apply(job(cluster, "test-merges-slowly"));
  std::this_thread::sleep_for(1s);  // until its first stats are merged, and more wait behind them
  const auto begun = std::chrono::steady_clock::now();
  session.apply(job(cluster, "invert")).get();
  CHECK(std::chrono::steady_clock::now() - begun < 5s);
  CHECK(learning.wait_for(0s) == std::future_status::timeout);
}

}  // namespace tilework::test
