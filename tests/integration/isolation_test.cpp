// Filters that do what filters mustn't: each costs its own job, and nothing else.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "schema/model/error.h"
#include "tests/integration/cluster.h"

namespace tilework::test {
namespace {

using Clock = std::chrono::steady_clock;

#if defined(__SANITIZE_ADDRESS__)
constexpr auto promptly = std::chrono::milliseconds(1000);
constexpr const char* time_limit = "5";  // seconds
#else
constexpr auto promptly = std::chrono::milliseconds(100);
constexpr const char* time_limit = "0.5";
#endif

// An image of one segment, small enough that its pixels leave room before the next cache line.
client::JobSpec spec_of(Cluster& cluster, const std::string& filter, const std::string& format = "png") {
  const std::string image = cluster.folder().file("bad." + format);
  write_photo(image, {50, 50}, 1, format == "tiff" ? PixelFormat{Depth::f32, 1} : PixelFormat{Depth::u8, 3});
  client::JobSpec spec;
  spec.input = image;
  spec.output = cluster.folder().file("bad-out." + format);
  spec.name = "bad." + format;
  spec.recipe = {{filter, {}}};
  spec.format = format;
  return spec;
}

// A larger job of a good filter, in many segments.
client::JobSpec good_spec(Cluster& cluster) {
  client::JobSpec spec;
  spec.input = cluster.folder().file("good.png");
  spec.output = cluster.folder().file("good-out.png");
  spec.name = "good.png";
  spec.recipe = {{"gaussian-blur", {}}, {"sharpen", {}}};
  spec.format = "png";
  spec.tile_width = spec.tile_height = 128;
  return spec;
}

std::size_t count_in(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// What filter hosts have started, whoever its parent is by now: a host leads its process group.
std::vector<std::string> started_by_hosts() {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream stat(entry.path() / "stat");
    std::string id, name, state;
    pid_t parent = 0, group = 0;
    if (!(stat >> id >> name >> state >> parent >> group)) continue;
    if (name.starts_with("(tilework-filter") && group != std::stoi(id)) found.push_back(id);
  }
  return found;
}

struct BadFilter {
  const char* name;
  const char* reason;
  const char* format = "png";
  const char* seconds = "20";  // short for those alone that wait for it: a busy machine is slow at all else
};

}  // namespace

TEST_CASE("a filter that goes too far fails its job with name, version and reason, and disturbs nobody") {
  const auto bad = GENERATE(values<BadFilter>({
      {"test-throws", "to my taste"},
      {"test-crashes", "Segmentation fault"},
      {"test-aborts", "Aborted"},
      {"test-hangs", "longer than", "png", time_limit},
      {"test-spins", "longer than", "png", time_limit},
      {"test-allocates", "memory limit of 256 MiB"},
      {"test-hoards", "memory limit of 256 MiB"},
      {"test-writes-after", "it wrote outside its tile"},
      {"test-writes-before", "it wrote outside its tile"},
      {"test-writes-far", "Segmentation fault"},
      {"test-writes-input", "Segmentation fault"},
      {"test-exits", "it called exit(3)"},
      {"test-forks", "start a process"},
      {"test-executes", "start a process"},
      {"test-connects", "socket: Operation not permitted"},
      {"test-writes-file", "open: Operation not permitted"},
      {"test-returns-nan", "returned NaN", "tiff"},
  }));
  INFO(bad.name);
  Cluster cluster(1, {}, {"--slots", "2", "--segment-seconds", bad.seconds, "--host-memory", "256MiB"});
  const auto pid = cluster.worker(0).pid();
  write_photo(cluster.folder().file("good.png"), {900, 700});
  run_reference(cluster.folder().file("good.png"), cluster.folder().file("reference.png"),
                {{"gaussian-blur", {}}, {"sharpen", {}}});
  const std::string reference = bytes_of_file(cluster.folder().file("reference.png"));
  auto session = cluster.session();

  auto good = session.apply(good_spec(cluster));
  auto failing = session.apply(spec_of(cluster, bad.name, bad.format));
  std::string reason;
  try {
    failing.get();
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::failed);
    reason = error.what();
  }
  CHECK_THAT(reason, Catch::Contains(bad.reason) && Catch::Contains(std::string(bad.name) + " 1.0.0"));
  good.get();
  CHECK(bytes_of_file(cluster.folder().file("good-out.png")) == reference);
  CHECK(cluster.worker(0).running());
  CHECK(cluster.worker(0).pid() == pid);
  CHECK(cluster.joined() == 1);
  // Three hosts, and then nobody tries it again.
  CHECK(count_in(cluster.worker(0).errors(), "segment failed") == 3);
  CHECK_FALSE(std::filesystem::exists(cluster.folder().file("bad-out.png")));
  CHECK_FALSE(std::filesystem::exists("/tmp/tilework-test-filter"));
  // Nothing but filter hosts is left: three that are ready, and three that are kept.
  wait_until("the hosts to end", [&] { return filter_hosts_of(pid).size() <= 6; });
  wait_until("what the filter has started to end", [] { return started_by_hosts().empty(); });
}

TEST_CASE("memory that no process calls its own counts as well, where a cgroup can be made") {
  Cluster cluster(1, {}, {"--slots", "1", "--host-memory", "128MiB"});
  wait_until("the line", [&] { return count_in(cluster.worker(0).errors(), "cgroup=") > 0; });
  if (count_in(cluster.worker(0).errors(), "cgroup=yes") == 0) {
    WARN("no memory cgroup can be made here");
    return;
  }
  auto session = cluster.session();
  CHECK_THROWS_WITH(session.apply(spec_of(cluster, "test-hoards-files")).get(),
                    Catch::Contains("memory limit of 128 MiB"));
  CHECK(session.apply(spec_of(cluster, "invert")).get().result.segments == 1);
}

TEST_CASE("pixels of integers have no NaN to look for") {
  Cluster cluster(1);
  auto session = cluster.session();
  CHECK(session.apply(spec_of(cluster, "test-returns-nan")).get().result.segments == 1);
}

TEST_CASE("cancelling really ends the work, whatever the filter does") {
  const std::string filter = GENERATE("test-hangs", "test-spins");
  Cluster cluster(1, {}, {"--slots", "1"});
  auto session = cluster.session();
  auto spec = spec_of(cluster, filter);
  auto running = session.apply(spec);
  const auto busy = [&] { return session.status().get().workers.at(0).busy_slots; };
  wait_until("the slot to be taken", [&] { return busy() == 1; });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // until the filter is at it
  const auto hosts = filter_hosts_of(cluster.worker(0).pid());
  const auto start = Clock::now();
  session.cancel(spec.id);
  while (busy() > 0 && Clock::now() - start < std::chrono::seconds(5)) {
  }
  CHECK(Clock::now() - start < promptly);
  // The master's word isn't all: another job runs in the only slot, in a new host.
  CHECK(session.apply(spec_of(cluster, "invert")).get().result.segments == 1);
  CHECK(Clock::now() - start < 3 * promptly);
  // The host that was busy has gone.
  wait_until("the host to go", [&] {
    const auto now = filter_hosts_of(cluster.worker(0).pid());
    return !std::ranges::all_of(hosts, [&](pid_t host) { return std::ranges::count(now, host) > 0; });
  });
  CHECK(Clock::now() - start < 4 * promptly);
  CHECK_THROWS_AS(running.get(), Error);
}

TEST_CASE("a worker says at its start what isolation is in force") {
  Cluster cluster(1, {}, {"--host-memory", "300MiB"});
  wait_until("the line", [&] { return count_in(cluster.worker(0).errors(), "isolation ") > 0; });
  const std::string log = cluster.worker(0).errors();
  CHECK_THAT(log, Catch::Contains("isolation seccomp=yes landlock="));
#if !defined(__SANITIZE_ADDRESS__)
  CHECK_THAT(log, Catch::Contains("memory=300MiB"));
#endif
}

}  // namespace tilework::test
