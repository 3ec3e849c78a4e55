// Workers that are lost over a segment. The test ends them in its place: what a filter may do is walled in.
#include <csignal>

#include <catch2/catch.hpp>

#include "tests/integration/listed.h"
#include "tests/integration/slow_job.h"

namespace tilework::test {
namespace {

using Catch::Matchers::Contains;

void wait_until_busy(Cluster& cluster) {
  wait_until("a busy worker", [&] {
    const auto workers = listed(cluster, "workers");
    return workers.size() == 1 && workers[0].at("busy_slots") > 0;
  });
}

}  // namespace

TEST_CASE("a segment that two workers were lost over fails its job alone") {
  Cluster cluster(1, {}, {"--slots", "4"});
  const std::string photo = cluster.folder().file("evil.png");
  write_photo(photo, {60, 50});
  Process evil({program("tilework"), "apply", photo, "-f", "test-slow:milliseconds=60000", "-o",
                cluster.folder().file("evil-out.png"), "--master", cluster.address()},
               cluster.folder().path() / "evil");
  wait_until_busy(cluster);
  SlowJob good(cluster);
  good.wait_until_under_way();
  cluster.worker(0).signal(SIGKILL);
  cluster.wait_for_workers(0);
  cluster.start_worker({"--name", "second"});
  wait_until_busy(cluster);  // with the evil one, which came first and is alone
  cluster.worker(1).signal(SIGKILL);
  CHECK(evil.wait() == 4);
  CHECK_THAT(evil.errors(), Contains("2 workers were lost while they computed segment 0") &&
                                Contains("second (killed: ") && Contains("test-slow@"));
  cluster.start_worker();
  good.outcome();
  CHECK(good.is_right());
}

TEST_CASE("workers that are stopped one after the other fail no job") {
  Cluster cluster(1);
  SlowJob job(cluster);
  job.wait_until_under_way();
  for (std::size_t i = 0; i < 4; ++i) {
    cluster.worker(i).signal(SIGTERM);
    CHECK(cluster.worker(i).wait() == 0);
    cluster.start_worker();
  }
  job.outcome();
  CHECK(job.is_right());
}

}  // namespace tilework::test
