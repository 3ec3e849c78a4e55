// What a plugin reaches from within its host, tried for real beside a good job.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <iostream>
#include <iterator>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <opencv2/imgcodecs.hpp>

#include "schema/model/error.h"
#include "tests/integration/cluster.h"

namespace tilework::test {
namespace {

namespace fs = std::filesystem;

// An image whose pixels are these lines, for filters of test_walls.cpp that read them there.
client::JobSpec spec_with(Cluster& cluster, const std::string& filter,
                          const std::vector<std::string>& lines = {}) {
  cv::Mat pixels(64, 64, CV_8UC3, cv::Scalar::all(0));
  auto* to = pixels.data;
  for (const auto& line : lines) to = std::ranges::copy(line + "\n", to).out;
  REQUIRE(to < pixels.dataend);
  // OpenCV writes blue, green and red, and filters get them so.
  const std::string image = cluster.folder().file(filter + ".png");
  REQUIRE(cv::imwrite(image, pixels));
  client::JobSpec spec;
  spec.input = image;
  spec.output = cluster.folder().file(filter + "-out.png");
  spec.name = filter;
  spec.recipe = {{filter, {}}};
  spec.format = "png";
  return spec;
}

client::JobSpec good_spec(Cluster& cluster) {
  const std::string image = cluster.folder().file("good.png");
  if (!fs::exists(image)) write_photo(image, {1600, 1200});
  client::JobSpec spec;
  spec.input = image;
  spec.output = cluster.folder().file("good-out.png");
  spec.name = "good";
  spec.recipe = {{"gaussian-blur", {}}, {"sharpen", {}}};
  spec.format = "png";
  spec.tile_width = spec.tile_height = 128;
  return spec;
}

// What the filter says of what it could do; empty when nothing.
std::string reason_of(client::Session& session, const client::JobSpec& spec) {
  try {
    session.apply(spec).get();
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

std::size_t count_in(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

bool log_has(Process& process, const std::string& part) {
  return process.errors().find(part) != std::string::npos;
}

std::string isolation_of(Cluster& cluster) {
  wait_until("the line", [&] { return log_has(cluster.worker(0), "isolation "); });
  const std::string log = cluster.worker(0).errors();
  return log.substr(log.find("isolation "));
}

std::size_t threads_of(pid_t process) {
  std::error_code error;
  const auto tasks = fs::directory_iterator("/proc/" + std::to_string(process) + "/task", error);
  return static_cast<std::size_t>(std::distance(begin(tasks), fs::directory_iterator()));
}

// The shortest of some, in seconds, as other programs have the processors at times. The result is the
// reference's each time.
double seconds_of_good_job(Cluster& cluster, client::Session& session, const std::string& reference) {
  double shortest = 1e9;
  for (int round = 0; round < 7; ++round) {
    const auto start = std::chrono::steady_clock::now();
    session.apply(good_spec(cluster)).get();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    shortest = std::min(shortest, taken.count());
    CHECK(bytes_of_file(cluster.folder().file("good-out.png")) == reference);
  }
  return shortest;
}

// A made image of text is text again.
void check_carrier(Cluster& cluster, client::Session& session) {
  CHECK_THAT(reason_of(session, spec_with(cluster, "test-opens", {"/dev/null"})),
             Catch::Contains("opened /dev/null"));
}

}  // namespace

TEST_CASE("a filter can't open what isn't on the list, whoever may read it") {
  Cluster cluster(1, {}, {"--slots", "1"});
  auto session = cluster.session();
  if (isolation_of(cluster).find("landlock=no") != std::string::npos) {
    WARN("this kernel has no Landlock");
    return;
  }
  check_carrier(cluster, session);
  const std::string state = fs::path(cluster.token_file()).parent_path();
  REQUIRE(fs::exists(cluster.token_file()));
  CHECK(reason_of(session, spec_with(cluster, "test-opens",
                                     {"/etc/passwd",
                                      "/etc/shadow",
                                      "/etc/hostname",
                                      "/etc/ssl",
                                      cluster.token_file(),
                                      state,
                                      cluster.folder().path(),
                                      state + "/worker-plugins",
                                      "/proc/PPID/environ",
                                      "/proc/PPID/maps",
                                      "/proc/PPID/mem",
                                      "/proc/PPID/cmdline",
                                      "/proc/PPID/fd",
                                      "/proc/1/environ",
                                      "/proc/1/root",
                                      "/proc",
                                      "/proc/self/root",
                                      "/proc/self/root/etc/passwd",
                                      "/proc/self/cwd",
                                      "/proc/kcore",
                                      "/proc/kallsyms",
                                      "/proc/net/tcp",
                                      "/proc/self/net/unix",
                                      "/proc/thread-self/net/tcp",
                                      "/proc/self/environ",
                                      "/proc/self/mountinfo",
                                      "/proc/mounts",
                                      "/",
                                      "/home",
                                      "/root",
                                      "/tmp",
                                      "/var/tmp",
                                      "/var/log",
                                      "/sys",
                                      "/sys/fs/cgroup",
                                      "/sys/kernel",
                                      "/dev",
                                      "/dev/mem",
                                      "/dev/kmsg",
                                      "/dev/tty",
                                      "/dev/shm",
                                      "/dev/pts",
                                      "/run",
                                      "/usr/bin/env",
                                      "/usr/share/doc",
                                      "/boot"})) == "");
  CHECK(reason_of(session,
                  spec_with(cluster, "test-needs-files",
                            {"/etc/ld.so.cache", "/proc/self/maps", "/proc/self/status", "/proc/self/fd",
                             "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu/online", "/dev/null",
                             "/dev/urandom", "/usr/lib"})) == "");
}

TEST_CASE("a filter can't make system calls that reach beyond its process") {
  Cluster cluster(1, {}, {"--slots", "2"});
  run_reference((good_spec(cluster)).input, cluster.folder().file("reference.png"),
                {{"gaussian-blur", {}}, {"sharpen", {}}});
  auto session = cluster.session();
  auto good = session.apply(good_spec(cluster));
  CHECK(reason_of(session, spec_with(cluster, "test-calls")) == "");
  good.get();
  CHECK(bytes_of_file(cluster.folder().file("good-out.png")) ==
        bytes_of_file(cluster.folder().file("reference.png")));
}

TEST_CASE("what a filter says stands in its worker's log as its own words, cleaned, last ones too") {
  Cluster cluster(1, {}, {"--slots", "1"});
  isolation_of(cluster);
  const std::string before = cluster.worker(0).errors();
  auto session = cluster.session();
  CHECK_THAT(reason_of(session, spec_with(cluster, "test-says")), Catch::Contains("Segmentation fault"));
  wait_until("the words", [&] { return log_has(cluster.worker(0), "last words without an end\""); });
  const std::string log = cluster.worker(0).errors();
  CHECK(log.starts_with(before));
  CHECK_THAT(log,
             Catch::Contains("filters=\"test-says 1.0.0\" text=\"on standard output\"") &&
                 Catch::Contains("text=\"time=2026-01-01T00:00:00.000+0000 level=error pid=1 forged\"") &&
                 Catch::Contains("text=\"quote\\\" level=error forged2 "));
  for (const char* raw : {"\x1b", "\x07", "\r", "\xff", "\xe2\x80\xae"}) {
    CHECK(log.find(raw) == std::string::npos);
  }
  // Nothing begins a line but the worker itself.
  const std::string its_own = "pid=" + std::to_string(cluster.worker(0).pid()) + " ";
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    CHECK(line.starts_with("time="));
    CHECK(line.find(its_own) != std::string::npos);
  }
}

TEST_CASE("a filter that floods its output is made to wait, goes on, and the log stays small") {
  Cluster cluster(1, {}, {"--slots", "1", "--segment-seconds", "40"});
  auto session = cluster.session();
  CHECK(reason_of(session, spec_with(cluster, "test-talks")) == "");
  CHECK(session.apply(good_spec(cluster)).get().result.segments > 1);
  wait_until("the warning", [&] { return log_has(cluster.worker(0), "host says more than is logged"); });
  const std::string log = cluster.worker(0).errors();
  const auto lines = count_in(log, "text=\"flood ");
  CHECK(lines >= 50);
  CHECK(lines <= 4000);  // 100 a second, of 500,000
  CHECK(log.size() < (1 << 20));
}

TEST_CASE("a filter gets no more threads than a host may have") {
  Cluster cluster(1, {}, {"--slots", "1"});
  const std::string isolation = isolation_of(cluster);
  const bool limited = isolation.find("pids=yes") != std::string::npos ||
                       isolation.find("threads=unlimited") == std::string::npos;
  if (!limited) {
    WARN("nothing counts threads here");
    return;
  }
  auto session = cluster.session();
  const std::string reason = reason_of(session, spec_with(cluster, "test-threads"));
  std::smatch found;
  REQUIRE(std::regex_search(reason, found, std::regex("got ([0-9]+) threads")));
  CHECK(std::stoi(found[1]) >= 32);
  CHECK(std::stoi(found[1]) <= 512);
}

TEST_CASE("a filter of thousands of threads takes no more of the processors than one of a single thread") {
  Cluster cluster(1, {}, {"--slots", "2"});
  if (isolation_of(cluster).find("cpu=yes") == std::string::npos) {
    WARN("no cgroup shares out processors here");
    return;
  }
  const std::string reference_file = cluster.folder().file("reference.png");
  run_reference(good_spec(cluster).input, reference_file, {{"gaussian-blur", {}}, {"sharpen", {}}});
  const std::string reference = bytes_of_file(reference_file);
  auto session = cluster.session();
  const auto beside = [&](const std::string& filter, const std::function<bool(std::size_t)>& is_at_it) {
    auto spec = spec_with(cluster, filter);
    auto running = session.apply(spec);
    wait_until("the filter", [&] {
      const auto hosts = filter_hosts_of(cluster.worker(0).pid());
      return std::ranges::any_of(hosts, [&](pid_t host) { return is_at_it(threads_of(host)); });
    });
    const double seconds = seconds_of_good_job(cluster, session, reference);
    session.cancel(spec.id);
    CHECK_THROWS_AS(running.get(), Error);
    return seconds;
  };
  const double beside_one = beside("test-spins-once", [](std::size_t threads) { return threads == 2; });
  const double beside_crowd = beside("test-crowds", [](std::size_t threads) { return threads > 16; });
  std::cout << "a good job beside one thread that is busy: " << beside_one
            << " s, and beside a crowd: " << beside_crowd << " s\n";
  CHECK(beside_crowd < 2 * beside_one);
}

}  // namespace tilework::test
