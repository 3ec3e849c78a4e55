// What happens to jobs when masters die and freeze: they cost time, and nothing else.
#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/integration/cluster.h"
#include "tests/integration/slow_job.h"

namespace tilework::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

// The command line on three slow images, which go into the folder "out".
class SlowCommand {
 public:
  SlowCommand(TempDir& folder, const std::string& masters, const std::vector<std::string>& options)
      : folder_(folder), process_(command(folder, masters, options), folder.path() / "slow-command") {}

  Process& process() { return process_; }

  // Where the first wrong output differs from what the whole image gives; empty when all are right.
  std::string difference() const {
    for (const char* name : images) {
      run_reference(folder_.file(name), folder_.file("reference.jpg"), {{"invert", {}}});
      const auto differs = difference_of_files(output(name), folder_.file("reference.jpg"));
      if (!differs.empty()) return std::string(name) + ": " + differs;
    }
    return {};
  }

  // All that lies in the output folder, hidden files too.
  std::size_t outputs() const {
    return static_cast<std::size_t>(std::ranges::distance(fs::directory_iterator(folder_.path() / "out")));
  }

 private:
  static constexpr std::array images{"a.jpg", "b.jpg", "c.jpg"};

  static std::vector<std::string> command(const TempDir& folder, const std::string& masters,
                                          const std::vector<std::string>& options) {
    std::vector<std::string> words{program("tilework"), "apply"};
    for (const char* name : images) {
      write_photo(folder.file(name), {500, 400}, static_cast<unsigned>(words.size()));
      words.push_back(folder.file(name));
    }
    words.insert(words.end(), {"-f", "test-slow:milliseconds=40", "--tile", "100", "-o",
                               folder.file("out") + "/", "--master", masters});
    words.insert(words.end(), options.begin(), options.end());
    return words;
  }
  std::string output(const std::string& name) const { return folder_.file("out/" + name); }

  TempDir& folder_;
  Process process_;
};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("a master that is killed in the middle of a job costs nothing but time") {
  TwoMasters cluster;
  SlowJob job(cluster);
  job.wait_until_under_way();
  cluster.master(0).signal(SIGKILL);
  const auto outcome = job.outcome();
  CHECK(job.is_right());
  CHECK(outcome.masters == std::vector{cluster.first, cluster.second});
  CHECK(outcome.result.segments == 80);
  CHECK(cluster.joined(1) == 2);
}

TEST_CASE("a master that freezes in the middle of a job is given up, and its job goes on elsewhere") {
  TwoMasters cluster;
  client::SessionOptions options;
  options.ping_interval = 100ms;
  options.ping_deadline = 1'500ms;
  SlowJob job(cluster, options);
  job.wait_until_under_way();
  cluster.master(0).signal(SIGSTOP);
  const auto outcome = job.outcome();
  CHECK(job.is_right());
  CHECK(outcome.masters == std::vector{cluster.first, cluster.second});
  CHECK(outcome.lost >= 1'500ms);
  cluster.master(0).signal(SIGCONT);
  cluster.wait_for_workers(2, 0);
  SlowJob(cluster).outcome();  // it serves as before
}

TEST_CASE("a local cluster's master that is killed is started again, and its job with it") {
  const TempDir folder;
  fs::create_directory(folder.path() / "spool");
  Process server(
      {program("tilework-server"), "local", "--port", "0", "--workers", "2", "--slots", "1", "--plugins",
       TILEWORK_TEST_PLUGIN_DIR, "--spool", folder.file("spool"), "--ready-file", folder.file("ready")},
      folder.path() / "local");
  std::string address;
  wait_until("the local cluster",
             [&] { return static_cast<bool>(std::getline(std::ifstream(folder.file("ready")), address)); });
  const std::string log = server.output() + server.errors();
  const std::string started = "started role=master pid=";
  REQUIRE(log.find(started) != std::string::npos);
  const pid_t master = std::stoi(log.substr(log.find(started) + started.size()));

  SlowJob job(folder, address);
  job.wait_until_under_way();
  REQUIRE(::kill(master, SIGKILL) == 0);
  const auto outcome = job.outcome();
  CHECK(job.is_right());
  CHECK(outcome.masters == std::vector{address, address});
  server.signal(SIGTERM);
  CHECK(server.wait() == 0);
}

TEST_CASE("the command line goes on with the next master, says so once, and the results are identical") {
  TwoMasters cluster;
  SlowCommand command(cluster.folder(), cluster.masters(), {"--json"});
  cluster.wait_for_segments(8);
  cluster.master(0).signal(SIGKILL);
  CHECK(command.process().wait() == 0);
  const auto errors = command.process().errors();
  INFO(errors);
  CHECK(count(errors, "tilework: the master at " + cluster.first +
                          " was lost (the connection was closed); going on with " + cluster.second + "\n") ==
        1);
  CHECK(count(errors, "was lost") == 1);
  CHECK_THAT(command.difference(), Catch::Equals(""));
  CHECK(command.outputs() == 3);
  const auto told = nlohmann::json::parse(command.process().output());
  REQUIRE(told.size() == 3);
  CHECK(std::ranges::any_of(told, [&](const auto& image) {
    return image["masters"] == nlohmann::json{cluster.first, cluster.second};
  }));
}

TEST_CASE("the command line doesn't speak of a lost master when it is to be quiet") {
  TwoMasters cluster;
  SlowCommand command(cluster.folder(), cluster.masters(), {"--quiet"});
  cluster.wait_for_segments(8);
  cluster.master(0).signal(SIGKILL);
  CHECK(command.process().wait() == 0);
  CHECK(command.process().errors().empty());
  CHECK_THAT(command.difference(), Catch::Equals(""));
}

TEST_CASE("the command line ends with exit code 3 when no master comes back, and leaves nothing") {
  Cluster cluster(1);
  SlowCommand command(cluster.folder(), cluster.masters(), {"--patience", "0.3"});
  cluster.wait_for_segments(8);
  cluster.master().signal(SIGKILL);
  CHECK(command.process().wait() == 3);
  const auto errors = command.process().errors();
  CHECK_THAT(errors, Catch::Contains("the master at " + cluster.address() + " was lost") &&
                         Catch::Contains("no other was found in 0.3 s") &&
                         Catch::Contains("is tilework-server running there?"));
  CHECK(command.outputs() == 0);
}

}  // namespace tilework::test
