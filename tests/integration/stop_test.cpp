// Servers that are asked to stop while they are busy.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include <catch2/catch.hpp>

#include "tests/integration/cluster.h"

namespace tilework::test {
namespace {

// Many small tiles, of which dozens are under way at any time.
std::vector<std::string> busy_job(const std::string& master, const std::string& photo,
                                  const std::string& output) {
  return {program("tilework"),
          "--master",
          master,
          "apply",
          photo,
          "-f",
          "gaussian-blur:size=31",
          "-f",
          "canny",
          "--tile",
          "128x128",
          "-o",
          output};
}

void check_clean_end(Process& server, const std::string& role) {
  server.signal(SIGTERM);
  CHECK(server.wait() == 0);
  const std::string errors = server.errors();
  CAPTURE(errors);
  CHECK(errors.find(role + " stops") != std::string::npos);
  for (const char* trouble : {"AddressSanitizer", "runtime error", "double free", "corrupted"}) {
    CHECK(errors.find(trouble) == std::string::npos);
  }
}

}  // namespace

TEST_CASE("a busy worker that is asked to stop ends well, and its job goes on elsewhere") {
  Cluster cluster(2, {}, {"--slots", "4"});
  const std::string photo = cluster.folder().file("photo.png");
  write_photo(photo, {3000, 2000});
  Process job(busy_job(cluster.address(), photo, cluster.folder().file("out.png")),
              cluster.folder().path() / "job");
  cluster.wait_for_segments(20);
  check_clean_end(cluster.worker(0), "worker");
  CHECK(job.wait() == 0);
}

TEST_CASE("a busy master that is asked to stop ends well") {
  Cluster cluster(1, {}, {"--slots", "4"});
  const std::string photo = cluster.folder().file("photo.png");
  write_photo(photo, {3000, 2000});
  Process job(busy_job(cluster.address(), photo, cluster.folder().file("out.png")),
              cluster.folder().path() / "job");
  cluster.wait_for_segments(20);
  check_clean_end(cluster.master(), "master");
}

TEST_CASE("a busy local cluster that is asked to stop ends well, and says so with its exit code") {
  const TempDir folder;
  write_photo(folder.file("photo.png"), {3000, 2000});
  Process local(
      {program("tilework-server"), "local", "--workers", "2", "--slots", "2", "--port", "0", "--plugins",
       TILEWORK_PLUGIN_DIR, "--state", folder.file("state"), "--ready-file", folder.file("ready")},
      folder.path() / "local");
  wait_until("the cluster", [&] { return std::filesystem::exists(folder.file("ready")); });
  const std::string address = bytes_of_file(folder.file("ready"));
  Process job(
      busy_job(address.substr(0, address.find('\n')), folder.file("photo.png"), folder.file("out.png")),
      folder.path() / "job");
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  check_clean_end(local, "worker");
  CHECK(local.errors().find("ended badly") == std::string::npos);
}

TEST_CASE("after a hangup, the log goes on in a new file, and the end is its last line") {
  const TempDir folder;
  const std::string log = folder.file("server.log");
  const std::string role = GENERATE("worker", "master", "local");
  CAPTURE(role);
  std::vector<std::string> command{program("tilework-server"), role, "--log-file", log, "--state",
                                   folder.file("state")};
  if (role == "master") command.insert(command.end(), {"--listen", "127.0.0.1:0"});
  if (role == "local") command.insert(command.end(), {"--port", "0"});
  if (role != "worker")
    command.insert(command.end(), {"--plugins", TILEWORK_PLUGIN_DIR, "--ready-file", folder.file("ready")});
  Process server(command, folder.path() / "server");
  wait_until("its start", [&] {
    return role == "worker"
               ? std::filesystem::exists(log) && bytes_of_file(log).find("isolation") != std::string::npos
               : std::filesystem::exists(folder.file("ready"));
  });
  std::filesystem::rename(log, log + ".1");
  server.signal(SIGHUP);
  wait_until("the new log", [&] { return std::filesystem::exists(log); });
  server.signal(SIGTERM);
  CHECK(server.wait() == 0);
  const std::string lines = bytes_of_file(log);
  CHECK(lines.find("log opened again") != std::string::npos);
  CHECK_THAT(lines, Catch::EndsWith("stops signal=Terminated\n"));
}

TEST_CASE("an end by a mistake is in the log, too") {
  const TempDir folder;
  const std::string log = folder.file("server.log");
  Process server({program("tilework-server"), "master", "--listen", "127.0.0.1:0", "--plugins", "/nowhere",
                  "--log-file", log},
                 folder.path() / "server");
  CHECK(server.wait() == 2);
  CHECK_THAT(bytes_of_file(log),
             Catch::Contains("ends exit=2 reason=\"the plugin folder /nowhere doesn't exist"));
  CHECK_THAT(server.errors(), Catch::StartsWith("tilework-server: the plugin folder /nowhere doesn't exist"));
}

TEST_CASE("a log that can't be written is a mistake that is told at once") {
  const TempDir folder;
  Process server({program("tilework-server"), "worker", "--log-file", folder.file("no/such/server.log")},
                 folder.path() / "server");
  CHECK(server.wait() == 2);
  CHECK_THAT(server.errors(),
             Catch::Contains("can't be written: No such file or directory; name another with --log-file"));
  const std::string all = server.output() + server.errors();
  CHECK(std::ranges::count(all, '\n') == 1);
}

}  // namespace tilework::test
