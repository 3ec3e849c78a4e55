// Workers whose machines lack something: that is theirs, and no job's.
#include <filesystem>
#include <iostream>

#include <catch2/catch.hpp>

#include "tests/integration/cluster.h"

namespace tilework::test {
namespace {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

// Starts a worker that has no plugins, behind a few lines of shell in a mount namespace of its own. "$state"
// is its state folder, and "$@" the worker.
class TroubledWorker {
 public:
  TroubledWorker(Cluster& cluster, const std::string& name, const std::string& shell)
      : folder_(cluster.folder().path() / name), process_(command(cluster, name, shell), log()) {}

  static bool can_be_made(Cluster& cluster) {
    auto probe = elsewhere();
    probe.push_back("mount -t tmpfs none /mnt");
    return run(probe, cluster.folder().path() / "probe").code == 0;
  }

  std::string errors() const { return process_.errors(); }

 private:
  static std::vector<std::string> elsewhere() {
    return {"/usr/bin/unshare", "--user", "--map-root-user", "--mount", "sh", "-c"};
  }

  fs::path log() {
    fs::create_directories(folder_ / "state");
    return folder_ / "worker";
  }

  std::vector<std::string> command(Cluster& cluster, const std::string& name, const std::string& shell) {
    const std::string state = (folder_ / "state").string();
    auto words = elsewhere();
    words.insert(words.end(),
                 {"state=" + state + " && " + shell + " && exec \"$@\"", "sh", program("tilework-server"),
                  "worker", "--master", cluster.address(), "--slots", "1", "--plugins",
                  (folder_ / "none").string(), "--state", state, "--name", name});
    return words;
  }

  fs::path folder_;
  Process process_;
};

constexpr const char* full_disk =
    "mount -t tmpfs -o size=64k none \"$state\" && mkdir \"$state/worker-plugins\" && "
    "dd if=/dev/zero of=\"$state/filler\" bs=1k 2>/dev/null; true";

int invert(Cluster& cluster, const std::string& name) {
  const std::string out = cluster.folder().file(name);
  return cluster.tilework({"apply", cluster.folder().file("photo.png"), "-f", "invert", "-o", out}).code;
}

}  // namespace

TEST_CASE("workers that can't store plugins are set aside, and their jobs are done by a healthy one") {
  Cluster cluster(0);
  if (!TroubledWorker::can_be_made(cluster)) {
    std::cout << "skipped: this process can't make namespaces\n";
    return;
  }
  write_photo(cluster.folder().file("photo.png"), {400, 300});
  std::deque<TroubledWorker> troubled;
  for (const char* name : {"full-1", "full-2", "full-3"}) troubled.emplace_back(cluster, name, full_disk);
  cluster.wait_for_workers(3);
  cluster.start_worker();
  for (int job = 0; job < 12; ++job) CHECK(invert(cluster, "out-" + std::to_string(job) + ".png") == 0);
  const std::string log = cluster.master().errors();
  CHECK_THAT(log, Contains("worker set aside") && Contains("is full"));
  CHECK_THAT(cluster.admin({"workers"}).output, Contains("set aside"));
}

TEST_CASE("a job fails with the machine's reason where nobody else is left") {
  Cluster cluster(0);
  if (!TroubledWorker::can_be_made(cluster)) return;
  write_photo(cluster.folder().file("photo.png"), {400, 300});
  std::deque<TroubledWorker> troubled;
  for (const char* name : {"full-1", "full-2", "full-3"}) troubled.emplace_back(cluster, name, full_disk);
  cluster.wait_for_workers(3);
  const auto finished = cluster.tilework(
      {"apply", cluster.folder().file("photo.png"), "-f", "invert", "-o", cluster.folder().file("out.png")});
  CHECK(finished.code == 4);
  CHECK_THAT(finished.errors, Contains("can't be fetched") && Contains("is full"));
}

TEST_CASE("who waits for workers that are all set aside is told, and may give up") {
  Cluster cluster(0);
  if (!TroubledWorker::can_be_made(cluster)) return;
  write_photo(cluster.folder().file("photo.png"), {400, 300});
  const TroubledWorker troubled(cluster, "full", full_disk);
  cluster.wait_for_workers(1);
  const auto finished = cluster.tilework({"apply", cluster.folder().file("photo.png"), "-f", "invert", "-o",
                                          cluster.folder().file("out.png"), "--wait-for-workers", "1.5"});
  CHECK(finished.code == 3);
  CHECK_THAT(finished.errors, Contains("no worker is connected to the master that can work"));
}

TEST_CASE("a worker whose hosts can't start is set aside") {
  Cluster cluster(0);
  if (!TroubledWorker::can_be_made(cluster)) return;
  write_photo(cluster.folder().file("photo.png"), {400, 300});
  const std::string host = program("tilework-filter-host");
  const TroubledWorker troubled(cluster, "hostless", "mount --bind /bin/false " + host);
  cluster.wait_for_workers(1);
  cluster.start_worker();
  for (int job = 0; job < 4; ++job) CHECK(invert(cluster, "out-" + std::to_string(job) + ".png") == 0);
  CHECK_THAT(cluster.master().errors(), Contains("worker set aside") && Contains("host can't be started"));
}

}  // namespace tilework::test
