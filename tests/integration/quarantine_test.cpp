// Plugins over which a master ends while it scans them.
#include <algorithm>
#include <csignal>

#include <catch2/catch.hpp>

#include "tests/integration/live_plugins.h"

namespace tilework::test {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;

// How many notes of scans there are, or plugins in quarantine.
std::ptrdiff_t notes(Cluster& cluster) {
  return std::distance(fs::directory_iterator(cluster.folder().path() / "state/scans"), {});
}

// The note is written, then the plugin is scanned: an empty one says nothing.
bool is_noted(Cluster& cluster) {
  return std::ranges::any_of(fs::directory_iterator(cluster.folder().path() / "state/scans"),
                             [](const fs::directory_entry& note) {
                               std::error_code gone;
                               return note.file_size(gone) > 0 && !gone;
                             });
}

void scan_sleepy(Cluster& cluster) {
  fs::copy_file(live_plugin("scan_sleeps"), plugin_folder(cluster) / "scan_sleeps.so");
  wait_until("the scan", [&] { return is_noted(cluster); });
}

// The administrator's tool, against the second master.
Finished admin(Cluster& cluster, std::vector<std::string> words) {
  words.insert(words.begin(), program("tilework-admin"));
  const std::string both = cluster.masters();
  words.insert(words.end(),
               {"--master", both.substr(both.find(',') + 1), "--token-file", cluster.token_file()});
  return run(words, cluster.folder().path() / "admin");
}

}  // namespace

TEST_CASE("a plugin over which a master died isn't scanned again until an administrator says so") {
  Cluster cluster(0);
  scan_sleepy(cluster);
  cluster.master().signal(SIGKILL);
  CHECK(cluster.master().wait() == 128 + SIGKILL);
  auto& second = cluster.start_master();
  wait_for_log(second, "plugin quarantined file=scan_sleeps.so");
  wait_for_log(second, "plugin refused file=scan_sleeps.so");
  const auto listed = admin(cluster, {"plugins"});
  CHECK_THAT(listed.output, Contains("in quarantine: a master ended while it was scanned") &&
                                Contains("plugin retry scan_sleeps.so"));
  CHECK_THAT(listed.output, Contains("invert"));  // the others are there
  CHECK(admin(cluster, {"plugin", "retry", "nothing.so"}).code == 4);
  const auto retried = admin(cluster, {"plugin", "retry", "scan_sleeps.so"});
  CHECK_THAT(retried.output, Contains("scan_sleeps.so is out of quarantine"));
  CHECK(retried.code == 0);
  CHECK_THAT(admin(cluster, {"plugins"}).output, Contains("test-sleepy") && !Contains("quarantine"));
  CHECK(notes(cluster) == 0);
}

TEST_CASE("a master that is stopped while it scans has nothing against the plugin") {
  Cluster cluster(0);
  scan_sleepy(cluster);
  cluster.master().signal(SIGTERM);
  CHECK(cluster.master().wait() == 0);
  CHECK(notes(cluster) == 0);
  wait_for_log(cluster.start_master(), "plugin loaded file=scan_sleeps.so");
}

TEST_CASE("another master of the same state folder doesn't take a scan that is under way for a death") {
  Cluster cluster(0);
  scan_sleepy(cluster);
  const auto& second = cluster.start_master();
  wait_for_log(second, "plugin loaded file=scan_sleeps.so");
  CHECK_THAT(second.errors(), !Contains("quarantined"));
}

}  // namespace tilework::test
