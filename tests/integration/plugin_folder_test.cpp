// A plugin folder that is in trouble: what was in it stays in use.
#include <csignal>
#include <filesystem>
#include <iostream>

#include <catch2/catch.hpp>

#include "tests/integration/cluster.h"

namespace tilework::test {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;

int apply(Cluster& cluster) {
  const std::string photo = cluster.folder().file("photo.png");
  if (!fs::exists(photo)) write_photo(photo, {64, 48});
  return cluster.tilework({"apply", photo, "-f", "invert", "-o", cluster.folder().file("out.png")}).code;
}

}  // namespace

TEST_CASE("a plugin folder that is gone isn't an empty one, and is used again when it comes back") {
  Cluster cluster(1);
  const fs::path folder = cluster.folder().path() / "plugins";
  fs::rename(folder, cluster.folder().path() / "away");
  wait_for_log(cluster.master(), "plugin folder not readable, its plugins stay in use");
  CHECK(apply(cluster) == 0);
  CHECK_THAT(cluster.admin({"plugins"}).output,
             Contains("the folder can't be read: No such file or directory"));
  fs::remove(cluster.folder().path() / "away" / "invert.so");
  fs::rename(cluster.folder().path() / "away", folder);
  wait_for_log(cluster.master(), "plugin folder readable again");
  wait_for_log(cluster.master(), "plugin withdrawn file=invert.so");
  CHECK(apply(cluster) == 2);
}

TEST_CASE("a master that can't be told of changes in its plugin folder looks every second") {
  const TempDir folder;
  const std::string take_all = "echo 0 > /proc/sys/user/max_inotify_instances";
  const std::vector<std::string> elsewhere{"/usr/bin/unshare", "--user", "--map-root-user", "sh", "-c"};
  auto probe = elsewhere;
  probe.push_back(take_all);
  if (run(probe, folder.path() / "probe").code != 0) {
    std::cout << "skipped: this process can't make namespaces of users\n";
    return;
  }
  fs::create_directory(folder.path() / "plugins");
  auto command = elsewhere;
  command.insert(command.end(), {take_all + " && exec \"$@\"", "sh", program("tilework-server"), "master",
                                 "--listen", "127.0.0.1:0", "--plugins", folder.file("plugins"), "--state",
                                 folder.file("state"), "--ready-file", folder.file("ready")});
  Process master(command, folder.path() / "master");
  wait_until("the master", [&] { return fs::exists(folder.file("ready")); });
  wait_for_log(master, "it is looked at every second");
  CHECK_THAT(master.errors(), Contains("max_user_instances"));
  fs::copy(fs::path(TILEWORK_PLUGIN_DIR) / "invert.so", folder.path() / "plugins" / "invert.so");
  wait_for_log(master, "plugin loaded file=invert.so");
  master.signal(SIGTERM);
  CHECK(master.wait() == 0);
}

}  // namespace tilework::test
