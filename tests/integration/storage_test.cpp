// Disks that are full, on each of the machines: what the user, the log and the administrator are told, and
// that all goes on afterwards.
#include <filesystem>
#include <fstream>
#include <iostream>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "tests/integration/cluster.h"

namespace tilework::test {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;

std::string host() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  return name;
}

// Words before a command, which then sees a small file system of its own in the folder.
std::vector<std::string> with_small_disk(const std::string& folder, const std::string& megabytes) {
  return {"/usr/bin/unshare",
          "--user",
          "--map-root-user",
          "--mount",
          "sh",
          "-c",
          "mount -t tmpfs -o size=" + megabytes + "m none '" + folder + "' && exec \"$@\"",
          "sh"};
}

// False where there are no namespaces; then it says so.
bool can_have_small_disks(const TempDir& folder) {
  auto probe = with_small_disk(folder.file(""), "1");
  probe.push_back("true");
  if (run(probe, folder.path() / "probe").code == 0) return true;
  std::cout << "skipped: this process can't make namespaces of users\n";
  return false;
}

// A master whose spool has 8 MB.
struct SmallSpool : Cluster {
  SmallSpool()
      : Cluster(1, {}, {}, 0, [](TempDir& dir) { return with_small_disk(dir.file("spool"), "8"); }),
        full("the folder " + folder().file("spool") + " on " + host()) {}

  Finished apply(const std::string& image, const std::string& output) {
    return tilework({"apply", folder().file(image), "-f", "invert", "-o", folder().file(output)});
  }

  const std::string full;
};

void write_sparse(const std::string& file, std::uintmax_t bytes) {
  std::ofstream(file).put('x');
  fs::resize_file(file, bytes);
}

}  // namespace

TEST_CASE("a file that the spool has no room for is refused before it is sent, and noted") {
  const TempDir probe;
  if (!can_have_small_disks(probe)) return;
  SmallSpool cluster;
  write_sparse(cluster.folder().file("huge.tif"), 300 << 20);
  const auto finished = cluster.apply("huge.tif", "out.png");
  CHECK(finished.code == 4);
  const std::string huge = cluster.folder().file("huge.tif");
  CHECK_THAT(finished.errors,
             Contains("the master can't store " + huge + ": " + cluster.full +
                      " has too little room (8 MB of 8 MB free; it needs 315 MB); another folder for its "
                      "spool is named with --spool"));
  CHECK_THAT(cluster.master().errors(),
             Contains("upload failed client=\"") &&
                 Contains("image=\"" + huge + "\" bytes=314572800 reason=\"the master can't store"));
  const auto listed = cluster.admin({"jobs", "--json"});
  CHECK_THAT(listed.output, Contains("huge.tif") && Contains("failed") && Contains("has too little room"));
  CHECK_THAT(cluster.admin({"jobs"}).output, Contains("huge.tif"));
}

TEST_CASE(
    "a result that the spool has no room for fails its job, with the folder, and leaves the spool usable") {
  const TempDir probe;
  if (!can_have_small_disks(probe)) return;
  SmallSpool cluster;
  write_photo(cluster.folder().file("photo.jpg"), {2400, 1600});
  write_photo(cluster.folder().file("small.jpg"), {300, 200});
  const auto finished = cluster.apply("photo.jpg", "out.bmp");
  CHECK(finished.code == 4);
  CHECK_THAT(finished.errors, Contains("the result can't be written: " + cluster.full + " is full ("));
  CHECK_FALSE(fs::exists(cluster.folder().path() / "out.bmp"));
  CHECK(cluster.apply("small.jpg", "small.png").code == 0);
  CHECK(cluster.apply("photo.jpg", "out.jpg").code == 0);
}

TEST_CASE("an image that has to be turned, and doesn't fit into the spool as pixels, fails with the folder") {
  const TempDir probe;
  if (!can_have_small_disks(probe)) return;
  SmallSpool cluster;
  const std::string photo = cluster.folder().file("photo.jpg");
  write_photo(photo, {2400, 1600});
  REQUIRE(run({"/usr/bin/exiftool", "-q", "-n", "-overwrite_original", "-Orientation=6", photo},
              cluster.folder().path() / "exiftool")
              .code == 0);
  const auto finished = cluster.apply("photo.jpg", "out.jpg");
  CHECK(finished.code == 4);
  CHECK_THAT(finished.errors, Contains("a temporary file can't be stored: " + cluster.full + " is full ("));
}

TEST_CASE("a file that is larger than the master may write is told with the limit, and the master lives on") {
  Cluster cluster(1, {}, {}, 0, [](TempDir&) {
    return std::vector<std::string>{"/bin/sh", "-c", "ulimit -f 20000 && exec \"$@\"", "sh"};
  });
  write_sparse(cluster.folder().file("huge.tif"), 30 << 20);
  const auto finished = cluster.tilework(
      {"apply", cluster.folder().file("huge.tif"), "-f", "invert", "-o", cluster.folder().file("out.png")});
  CHECK(finished.code == 4);
  CHECK_THAT(finished.errors, Contains("no file in the folder " + cluster.folder().file("spool") + " on " +
                                       host() + " may have more than 10240000 bytes (ulimit -f)"));
  CHECK_THAT(cluster.master().errors(), Contains("upload failed"));
  CHECK(cluster.master().running());
}

TEST_CASE("where the client's own disk is full, the result's folder there is told") {
  const TempDir probe;
  if (!can_have_small_disks(probe)) return;
  Cluster cluster(1);
  auto& folder = cluster.folder();
  write_photo(folder.file("photo.jpg"), {1600, 1200});
  fs::create_directory(folder.file("results"));
  auto command = with_small_disk(folder.file("results"), "1");
  for (const std::string& word :
       {program("tilework"), std::string("apply"), folder.file("photo.jpg"), std::string("-f"),
        std::string("invert"), std::string("-o"), folder.file("results/out.bmp"), std::string("--master"),
        cluster.address()}) {
    command.push_back(word);
  }
  const auto finished = run(command, folder.path() / "client");
  CHECK(finished.code == 4);
  CHECK_THAT(finished.errors,
             Contains("can't be stored here, in " + folder.file("results/out.bmp") + ": the folder " +
                      folder.file("results") + " on " + host() + " is full (0 MB of 1 MB free)"));
}

TEST_CASE("a worker that has no room for a plugin says which machine and folder") {
  const TempDir probe;
  if (!can_have_small_disks(probe)) return;
  Cluster cluster(0);
  auto& folder = cluster.folder();
  write_photo(folder.file("photo.jpg"), {300, 200});
  fs::create_directory(folder.file("none"));
  fs::create_directory(folder.file("worker"));
  auto command = with_small_disk(folder.file("worker"), "1");
  const std::string fill =
      "dd if=/dev/zero of='" + folder.file("worker/filler") + "' 2> /dev/null; exec \"$@\"";
  for (const std::string& word :
       {std::string("sh"), std::string("-c"), fill, std::string("sh"), program("tilework-server"),
        std::string("worker"), std::string("--master"), cluster.address(), std::string("--plugins"),
        folder.file("none"), std::string("--slots"), std::string("1"), std::string("--state"),
        folder.file("worker")}) {
    command.push_back(word);
  }
  Process worker(command, folder.path() / "full-worker");
  cluster.wait_for_workers(1);
  const auto finished =
      cluster.tilework({"apply", folder.file("photo.jpg"), "-f", "invert", "-o", folder.file("out.png")});
  CHECK(finished.code == 4);
  CHECK_THAT(finished.errors, Contains("the folder " + folder.file("worker/worker-plugins") + " on " +
                                       host() + " is full (0 MB of 1 MB free)"));
}

}  // namespace tilework::test
