// Servers that may open few files, or fewer than they need.
#include "server/descriptors.h"

#include <algorithm>
#include <filesystem>

#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/integration/cluster.h"
#include "tests/support/child.h"

namespace tilework::test {
namespace {

std::size_t descriptors_of(const Process& process) {
  std::size_t count = 0;
  std::error_code error;  // some are closed meanwhile
  const std::filesystem::path folder = "/proc/" + std::to_string(process.pid()) + "/fd";
  for (auto entry = std::filesystem::directory_iterator(folder, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    ++count;
  }
  return count;
}

std::vector<std::string> worker_command(const TempDir& folder, const std::string& slots) {
  return {program("tilework-server"),
          "worker",
          "--slots",
          slots,
          "--plugins",
          TILEWORK_PLUGIN_DIR,
          "--state",
          folder.file("state"),
          "--master",
          "127.0.0.1:1"};
}

#if !defined(__SANITIZE_ADDRESS__)
// A host is another user than its server, if that is root. Whoever is the same one may set its limits.
bool set_limit(pid_t process, const rlimit& limit) {
  struct stat owner {};
  if (::stat(("/proc/" + std::to_string(process)).c_str(), &owner) != 0) return false;
  return status_of_child([&] {
           const bool is_same =
               ::geteuid() == owner.st_uid || (::setresgid(owner.st_gid, owner.st_gid, owner.st_gid) == 0 &&
                                               ::setresuid(owner.st_uid, owner.st_uid, owner.st_uid) == 0);
           return is_same && ::prlimit(process, RLIMIT_NOFILE, &limit, nullptr) == 0 ? 0 : 1;
         }) == 0;
}
#endif

}  // namespace

TEST_CASE("servers at work take no more descriptors than are reckoned") {
  Cluster cluster(0);
  const std::size_t idle = descriptors_of(cluster.master());
  cluster.start_worker({"--slots", "3"});
  cluster.start_worker({"--slots", "1"});
  cluster.wait_for_workers(2);
  const auto with_workers = server::need_of(server::MasterLoad{2, 0, 0, 0}).full;
  CHECK(idle <= server::need_of(server::MasterLoad{0, 0, 0, 0}).full);
  CHECK(descriptors_of(cluster.master()) <= with_workers);
  const std::string photo = cluster.folder().file("photo.jpg");
  write_photo(photo, {3000, 3000});
  Process job({program("tilework"), "--master", cluster.address(), "apply", photo, "-f", "canny", "-o",
               cluster.folder().file("out.png"), "--tile", "500x500"},
              cluster.folder().path() / "job");
  std::size_t master = 0, large = 0, small = 0;
  while (job.running()) {
    master = std::max(master, descriptors_of(cluster.master()));
    large = std::max(large, descriptors_of(cluster.worker(0)));
    small = std::max(small, descriptors_of(cluster.worker(1)));
  }
  REQUIRE(job.wait() == 0);
  CHECK(master <= server::need_of(server::MasterLoad{2, 1, 0, 1}).full);
  CHECK(large <= server::need_of(server::WorkerLoad{3, 1}).full);
  CHECK(small <= server::need_of(server::WorkerLoad{1, 1}).full);
}

TEST_CASE("a master whose limits need more descriptors than it may open says so at its start") {
  Cluster few(0, {}, {}, 1024);
  CHECK_THAT(few.master().errors(),
             Catch::Contains("at most 1024 file descriptors can be opened, and ") &&
                 Catch::Contains("are needed for 4096 workers, 256 clients, 64 newcomers and 4 jobs") &&
                 Catch::Contains("`ulimit -n`, or LimitNOFILE="));
  Cluster enough(0, {"--max-workers", "10", "--max-clients", "10"}, {}, 1024);
  CHECK(enough.master().errors().find("file descriptors") == std::string::npos);
}

TEST_CASE("a worker that may open too few files to work doesn't start, and one that may open few says so") {
  const TempDir folder;
  Process none(with_descriptors(40, worker_command(folder, "16")), folder.path() / "none");
  CHECK(none.wait() == 2);
  CHECK_THAT(none.errors(),
             Catch::Contains("at most 40 file descriptors can be opened, and 70 are needed for "
                             "16 slots and 1 master"));
  Process few(with_descriptors(60, worker_command(folder, "2")), folder.path() / "few");
  wait_until("its warning", [&] {
    return few.errors().find("few file descriptors: at most 60 file descriptors") != std::string::npos;
  });
  CHECK(few.running());
}

// The sanitizer needs a descriptor for some of its checks, and takes none for an error.
#if !defined(__SANITIZE_ADDRESS__)
TEST_CASE("a job that fails for want of descriptors says so") {
  Cluster cluster(1);
  const pid_t worker = cluster.worker(0).pid();
  wait_until("the filter host", [&] { return !children_of(worker).empty(); });
  const bool is_hosts = GENERATE(false, true);
  const std::string photo = cluster.folder().file("photo.jpg");
  write_photo(photo, {2000, 2000});
  const std::vector<std::string> apply{"apply",  photo, "-f",
                                       "invert", "-o",  cluster.folder().file("out.png")};
  REQUIRE(cluster.tilework(apply).code == 0);
  // Hosts that are started from now on have the worker's own limit.
  REQUIRE(set_limit(worker, {is_hosts ? rlim_t{200} : 3, 200}));
  // One that has ended meanwhile needs none.
  for (const pid_t host : children_of(worker)) set_limit(host, {is_hosts ? rlim_t{3} : 200, 200});
  const auto done =
      cluster.tilework({"apply", photo, "-f", "sketch", "-o", cluster.folder().file("out.png")});
  CHECK(done.code != 0);
  CHECK_THAT(done.errors, Catch::Contains("no more file descriptors") && Catch::Contains("(limit 3)"));
}
#endif

}  // namespace tilework::test
