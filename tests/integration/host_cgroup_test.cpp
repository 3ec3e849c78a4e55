// Whether servers leave anything behind in the folders of cgroups. Skipped where those can't be written to.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "tests/integration/cluster.h"

namespace tilework::test {
namespace {

namespace fs = std::filesystem;

// This process's own, of version 1 or 2: its children are in it as well.
fs::path own_cgroup() {
  fs::path found;
  std::ifstream list("/proc/self/cgroup");
  for (std::string line; std::getline(list, line);) {
    if (const auto at = line.find(":memory:"); at != std::string::npos)
      return "/sys/fs/cgroup/memory" + line.substr(at + 8);
    if (line.starts_with("0::")) found = "/sys/fs/cgroup" + line.substr(3);
  }
  return found;
}

// Cgroups of hosts that these processes have made, and of theirs, of whatever controller.
std::size_t left_by(const std::vector<pid_t>& makers) {
  std::size_t count = 0;
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator("/sys/fs/cgroup", error);
       entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename();
    for (const pid_t maker : makers) {
      const std::string number = std::to_string(maker);
      count +=
          name.starts_with("tilework-host-" + number + "-") || name == "tilework-server-" + number ? 1 : 0;
    }
  }
  return count;
}

// Tells people why a test doesn't run.
bool is_skipped() {
  const fs::path probe = own_cgroup() / "tilework-probe";
  std::error_code error;
  const bool possible = fs::create_directory(probe, error) && fs::remove(probe, error);
  if (!possible) std::cout << "skipped: this process can't make cgroups\n";
  return !possible;
}

}  // namespace

TEST_CASE("a server that is stopped leaves no cgroups, and one that is killed leaves them to the next") {
  if (is_skipped()) return;
  Cluster cluster(2, {}, {"--slots", "2"});
  const pid_t stopped = cluster.worker(0).pid(), killed = cluster.worker(1).pid();
  wait_until("the hosts", [&] { return left_by({stopped}) >= 2 && left_by({killed}) >= 2; });
  cluster.worker(0).signal(SIGTERM);
  CHECK(cluster.worker(0).wait() == 0);
  CHECK(left_by({stopped}) == 0);
  cluster.worker(1).signal(SIGKILL);
  wait_until("the connection's end", [&] { return cluster.joined() == 0; });
  cluster.start_worker();  // while nobody has waited for the one that was killed
  CHECK(left_by({killed}) == 0);
}

TEST_CASE(
    "what a killed server has left is removed, also when its number has been given to another program") {
  if (is_skipped()) return;
  Cluster cluster(0);
  const TempDir folder;
  Process other({"/bin/sleep", "60"}, folder.path() / "other");
  const fs::path left = own_cgroup() / ("tilework-host-" + std::to_string(other.pid()) + "-1");
  fs::create_directory(left);
  cluster.start_worker();
  CHECK_FALSE(fs::exists(left));
}

TEST_CASE("a local cluster leaves no cgroups, neither of its processes that are killed nor at its end") {
  if (is_skipped()) return;
  const TempDir folder;
  Process local(
      {program("tilework-server"), "local", "--workers", "2", "--slots", "1", "--port", "0", "--plugins",
       TILEWORK_PLUGIN_DIR, "--state", folder.file("state"), "--ready-file", folder.file("ready")},
      folder.path() / "local");
  wait_until("the cluster", [&] { return fs::exists(folder.file("ready")); });
  const auto first = children_of(local.pid());
  REQUIRE(first.size() == 3);
  wait_until("the hosts", [&] { return left_by({first[1]}) >= 1; });
  ::kill(first[1], SIGKILL);
  wait_until("a new worker", [&] {
    const auto now = children_of(local.pid());
    return now.size() == 3 && now != first;
  });
  CHECK(left_by({first[1]}) == 0);
  auto all = children_of(local.pid());
  local.signal(SIGTERM);
  CHECK(local.wait() == 0);
  CHECK(left_by(all) == 0);
}

}  // namespace tilework::test
