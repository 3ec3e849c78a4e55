// Masters whose port is reached by strangers: connections that never sign in.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <stop_token>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include "tests/integration/cluster.h"
#include "tests/integration/strangers.h"

namespace tilework::test {
namespace {

using namespace std::chrono_literals;

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

void check_that_jobs_run(Cluster& cluster) {
  const std::string photo = cluster.folder().file("photo.png");
  write_photo(photo, {600, 400});
  const auto done =
      cluster.tilework({"apply", photo, "-f", "invert", "-o", cluster.folder().file("out.png")});
  INFO(done.errors);
  CHECK(done.code == 0);
}

}  // namespace

TEST_CASE("a thousand connections that say nothing keep nobody out, and don't fill the log") {
  Cluster cluster(1, {"--max-newcomers", "20", "--max-clients", "16", "--max-workers", "16"}, {}, 1024);
  const std::size_t before = lines(cluster.master().errors());
  const Strangers strangers(cluster.address(), 1'100);
  check_that_jobs_run(cluster);
  cluster.start_worker();
  wait_until("most strangers to be turned away", [&] { return strangers.open() <= 20; });
  CHECK(cluster.joined() == 2);
  CHECK(cluster.master().running());
  CHECK(lines(cluster.master().errors()) - before < 20);
  CHECK_THAT(cluster.master().errors(), Catch::Contains("connection turned away host=127.0.0.1"));
}

TEST_CASE("connections that don't sign in are closed after a time, and those of clients stay") {
  Cluster cluster(1, {"--newcomer-seconds", "0.5"});
  auto session = cluster.session();
  const Strangers strangers(cluster.address(), 3);
  CHECK(session.status().get().workers.size() == 1);
  wait_until("the strangers to be turned away", [&] { return strangers.open() == 0; });
  CHECK(session.status().get().workers.size() == 1);
  CHECK_THAT(cluster.master().errors(), Catch::Contains("it hasn't signed in within 500 ms"));
}

// More than are turned away for their patience, so that there are always too many.
TEST_CASE("strangers from many networks who say nothing keep no client out") {
  Cluster cluster(1, {"--max-newcomers", "20"});
  std::atomic<int> came = 0;
  const std::jthread strangers([&](const std::stop_token& end) {
    Strangers silent(cluster.address());
    for (; !end.stop_requested(); ++came) {
      silent.come("127." + std::to_string(1 + came % 200) + ".0.1");
      std::this_thread::sleep_for(10ms);
    }
  });
  wait_until("too many strangers", [&] { return came > 20; });
  for (int i = 0; i < 20; ++i) {
    const auto listed = cluster.tilework({"filters"});
    INFO(listed.errors);
    CHECK(listed.code == 0);
  }
  CHECK_THAT(cluster.master().errors(), Catch::Contains("too many connections haven't signed in"));
}

// The sanitizer needs a descriptor for some of its checks, and takes none for an error.
#if !defined(__SANITIZE_ADDRESS__)
TEST_CASE("a master without a descriptor left lives, and serves on when there are some again") {
  Cluster cluster(1, {"--max-newcomers", "1000", "--newcomer-seconds", "60"}, {}, 100);
  const std::size_t before = lines(cluster.master().errors());
  {
    const Strangers strangers(cluster.address(), 300);
    wait_until("the log", [&] {
      return cluster.master().errors().find("connection not accepted") != std::string::npos;
    });
    CHECK_THAT(cluster.master().errors(), Catch::Contains("Too many open files"));
    CHECK(cluster.joined() == 1);  // newcomers make room
    CHECK(lines(cluster.master().errors()) - before < 15);
  }
  CHECK(cluster.master().running());
  check_that_jobs_run(cluster);
}
#endif

}  // namespace tilework::test
