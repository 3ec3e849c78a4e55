// Filters come, change and go while a cluster runs.
#include "tests/integration/live_plugins.h"

#include <chrono>
#include <csignal>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "schema/model/error.h"
#include "tests/integration/cluster.h"

namespace tilework::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

void stop(Cluster& cluster, Process& worker, std::size_t others = 0) {
  worker.signal(SIGTERM);
  worker.wait();
  cluster.wait_for_workers(others);
}

TEST_CASE("a filter that is dropped into the folder is there within a second, and on every worker") {
  // The workers have folders of their own, without it.
  Cluster cluster(1, {}, {"--plugins", "/nonexistent"});
  auto session = cluster.session();
  const auto begin = Clock::now();
  put_version(cluster, 7);
  auto offer = wait_for_version(session);
  CHECK(Clock::now() - begin < 1s);
  const auto listed = cluster.tilework({"filters"});
  CHECK_THAT(listed.output, Catch::Contains("test-version"));
  CHECK(added_by(run_version(session, cluster)) == 7);
  // Also on a worker that starts later.
  auto& later = cluster.start_worker({"--state", cluster.folder().file("later")});
  stop(cluster, cluster.worker(0), 1);
  CHECK(added_by(run_version(session, cluster)) == 7);
  CHECK_THAT(later.errors(), Catch::Contains("plugin fetched"));
}

TEST_CASE("nothing travels to a worker twice, nor what its folder has") {
  Cluster cluster(0);
  put_version(cluster, 1);
  auto session = cluster.session();
  wait_for_version(session);
  const std::string state = cluster.folder().file("worker");
  auto& first = cluster.start_worker({"--plugins", "/nonexistent", "--state", state});
  run_version(session, cluster);
  CHECK_THAT(first.errors(), Catch::Contains("plugin fetched"));
  stop(cluster, first);
  auto& again = cluster.start_worker({"--plugins", "/nonexistent", "--state", state});
  run_version(session, cluster);
  CHECK_THAT(again.errors(), !Catch::Contains("plugin fetched"));
  stop(cluster, again);
  auto& shared = cluster.start_worker({"--state", cluster.folder().file("empty")});
  run_version(session, cluster);
  CHECK_THAT(shared.errors(), !Catch::Contains("plugin fetched"));
}

TEST_CASE("a damaged library in a worker's store is fetched again") {
  Cluster cluster(0);
  put_version(cluster, 3);
  auto session = cluster.session();
  wait_for_version(session);
  const auto store = cluster.folder().path() / "worker" / "worker-plugins";
  auto& first = cluster.start_worker({"--plugins", "/nonexistent", "--state", store.parent_path()});
  run_version(session, cluster);
  stop(cluster, first);
  for (const auto& file : std::filesystem::directory_iterator(store)) {
    std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  }
  cluster.start_worker({"--plugins", "/nonexistent", "--state", store.parent_path()});
  CHECK(added_by(run_version(session, cluster)) == 3);
}

TEST_CASE("a job keeps the version that it began with, and the next one gets the new one") {
  Cluster cluster(2);
  auto session = cluster.session();
  put_version(cluster, 1);
  const auto first = wait_for_version(session);
  VersionJob old(session, cluster, "old", 20);
  old.wait_until_under_way();
  put_version(cluster, 2);
  wait_for_offer(session, [&](const FilterList& list) { return digest_of(list) != digest_of(first); });
  VersionJob fresh(session, cluster, "fresh", 20);  // beside the old one
  CHECK(added_by(fresh.outcome()) == 2);
  CHECK(added_by(old.outcome()) == 1);
  CHECK(old.digest() == digest_of(first));
}

TEST_CASE("a withdrawn filter finishes its jobs, and is refused with a sentence then") {
  Cluster cluster(1);
  auto session = cluster.session();
  put_version(cluster, 5);
  wait_for_version(session);
  VersionJob job(session, cluster, "running", 20);
  job.wait_until_under_way();
  std::filesystem::remove(version_file(cluster));
  wait_for_offer(session, [](const FilterList& list) { return !offers(list, "test-version"); });
  const std::string photo = cluster.folder().file("photo.png");
  const auto refused =
      cluster.tilework({"apply", photo, "-f", "test-version", "-o", cluster.folder().file("never.png")});
  CHECK(refused.code == 2);
  CHECK_THAT(refused.errors, Catch::Contains("test-version was withdrawn"));
  CHECK(added_by(job.outcome()) == 5);
  // The master says so too, to a client that still believes in it.
  CHECK_THROWS_WITH(run_version(session, cluster), Catch::Contains("test-version was withdrawn"));
  // And it may come back.
  put_version(cluster, 6);
  wait_for_version(session);
  CHECK(added_by(run_version(session, cluster)) == 6);
}

TEST_CASE("a file that is still being written is left alone until it is whole") {
  Cluster cluster(1);
  auto session = cluster.session();
  const std::string bytes = version_bytes(9);
  std::ofstream file(version_file(cluster), std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size() / 2)).flush();
  // Another plugin comes in the meantime, and is taken: so there was a look at the folder.
  std::filesystem::copy_file(live_plugin("no_plugin"), plugin_folder(cluster) / "other.so");
  wait_until("the other file", [&] { return says(cluster, "plugin refused file=other.so"); });
  CHECK_FALSE(says(cluster, "file=version.so"));
  file.write(bytes.data() + bytes.size() / 2, static_cast<std::streamsize>(bytes.size() - bytes.size() / 2));
  file.close();
  wait_for_version(session);
  CHECK(added_by(run_version(session, cluster)) == 9);
}

TEST_CASE("each file that can't be used is refused with its reason, and disturbs nothing") {
  Cluster cluster(1);
  auto session = cluster.session();
  put_version(cluster, 1);
  const auto before = wait_for_version(session);
  VersionJob job(session, cluster, "meanwhile", 20);
  job.wait_until_under_way();
  const auto folder = plugin_folder(cluster);
  const auto refuses = [&](const std::string& name, const std::string& reason) {
    INFO(name);
    wait_until(name + " to be refused", [&] { return says(cluster, "plugin refused file=" + name + ".so"); });
    CHECK_THAT(line_of(cluster, "plugin refused file=" + name + ".so"), Catch::Contains(reason));
  };
  const auto copy = [&](const std::string& name) {
    std::filesystem::copy_file(live_plugin(name), folder / (name + ".so"));
  };
  copy("scan_hangs");  // first: the others don't wait for it
  copy("scan_crashes");
  refuses("scan_crashes", "it crashed (Segmentation fault)");
  copy("other_abi");
  refuses("other_abi", "ABI number");
  copy("no_plugin");
  refuses("no_plugin", "it is no Tilework plugin");
  copy("scan_leaves_thread");
  refuses("scan_leaves_thread", "it left a thread running when it was loaded");
  copy("lacks_library");
  refuses("lacks_library", "libtilework_test_missing.so");
  std::filesystem::copy_file(live_plugin("version"), folder / "twin.so");
  refuses("twin", "version.so already exports a filter test-version");
  write_bytes(folder / "cut.so", version_bytes(4).substr(0, 5000));
  refuses("cut", "it is cut off");
  std::string corrupt = version_bytes(4);
  std::fill(corrupt.begin() + 64, corrupt.begin() + 4096, '\xff');
  write_bytes(folder / "corrupt.so", corrupt);
  refuses("corrupt", "it can't be loaded");
  write_bytes(folder / "text.so", "this is no library");
  refuses("text", "it is no shared library");
  write_bytes(folder / "empty.so", "");
  refuses("empty", "it is empty");
  std::filesystem::create_directory(folder / "folder.so");
  refuses("folder", "it is no file");
  REQUIRE(::mkfifo((folder / "pipe.so").c_str(), 0600) == 0);
  refuses("pipe", "it is no file");
  refuses("scan_hangs", "loading it took longer than");

  CHECK(added_by(job.outcome()) == 1);
  CHECK(session.filters().get().revision == before.revision);
  CHECK(cluster.master().running());
  CHECK(added_by(run_version(session, cluster)) == 1);
  // A version that is refused leaves the one before it in use.
  write_bytes(version_file(cluster), corrupt);
  refuses("version", "from before stays in use");
  CHECK(added_by(run_version(session, cluster)) == 1);
  // A twin gets its turn when the other goes.
  std::filesystem::remove(version_file(cluster));
  wait_for_offer(session, [](const FilterList& list) { return file_of(list) == "twin.so"; });
}

// A plugin that is replaced under load, and what every job ran by.
class Replaced {
 public:
  Replaced() : session_(cluster_.session()) {
    put_version(cluster_, ++number_);
    list_ = wait_for_version(session_);
    number_of_.emplace(digest_of(list_), number_);
  }

  // Each new version comes while jobs by the versions before it run.
  void replace(int times) {
    for (int i = 0; i < times; ++i) {
      jobs_.emplace_back(session_, cluster_, std::to_string(number_), 1);
      put_version(cluster_, ++number_);
      const std::string last = digest_of(list_);
      list_ = wait_for_offer(session_, [&](const FilterList& offer) { return digest_of(offer) != last; });
      number_of_.emplace(digest_of(list_), number_);
      if (jobs_.size() >= 4) check_first();
    }
    while (!jobs_.empty()) check_first();
    CHECK(number_of_.size() == static_cast<std::size_t>(number_));
    CHECK(added_by(run_version(session_, cluster_)) == number_);
  }

  Usage usage() { return usage_of(cluster_); }

 private:
  void check_first() {
    const auto outcome = jobs_.front().outcome();
    CHECK(added_by(outcome) == number_of_.at(jobs_.front().digest()));
    jobs_.pop_front();
  }

  Cluster cluster_{2, {}, {"--plugins", "/nonexistent"}};
  client::Session session_;
  FilterList list_;
  std::map<std::string, int> number_of_;
  std::deque<VersionJob> jobs_;
  int number_ = 0;
};

TEST_CASE(
    "a plugin that is replaced a hundred times under load gives every job its version, and leaks nothing") {
  Replaced plugin;
  plugin.replace(10);  // till then, servers get what they keep: a zygote each, and hosts in store
  const auto before = plugin.usage();
  plugin.replace(100);
  // What is just ending is waited for. A host has about a dozen descriptors with its parent.
  wait_until("old filter hosts to leave, with all that they had", [&] {
    const Usage after = plugin.usage();
    const std::size_t more = after.processes - std::min(after.processes, before.processes);
    return after.processes <= before.processes + 2 && after.libraries <= before.libraries + 4 &&
           after.descriptors <= before.descriptors + 12 * (1 + more) &&
           after.slabs <= 200;  // 16 that are idle, and some more, in each process that knows them
  });
}

}  // namespace
}  // namespace tilework::test
