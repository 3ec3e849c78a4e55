// A cluster on several machines, which are network namespaces here: no memory is shared, pixels go over links
// that can be slow or fail. Results are those of a whole image all the same.
#include "tests/integration/network.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <optional>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/integration/cluster.h"

namespace tilework::test {
namespace {

using nlohmann::json;

// A master, two workers and a client, each on a machine of its own.
class FarCluster {
 public:
  explicit FarCluster(const std::vector<std::string>& master_options = {}, const std::string& rate = {},
                      const std::string& heartbeat_seconds = "1.5") {
    if (!rate.empty()) network_.limit(rate);
    std::filesystem::create_directory(folder_.path() / "plugins");
    for (const auto* plugins : {TILEWORK_PLUGIN_DIR, TILEWORK_TEST_PLUGIN_DIR}) {
      for (const auto& entry : std::filesystem::directory_iterator(plugins)) {
        if (entry.path().extension() != ".so") continue;
        std::filesystem::create_symlink(entry.path(), folder_.path() / "plugins" / entry.path().filename());
      }
    }
    start("master",
          {"master", "--listen", address(), "--spool", folder_.path().string(), "--ready-file",
           folder_.file("ready"), "--ready-workers", "2", "--heartbeat-seconds", heartbeat_seconds},
          master_options);
    const std::string secret = folder_.file("state-master/join-secret");
    wait_until("the master's secret", [&] { return std::filesystem::exists(secret); });
    for (const auto* worker : {"worker1", "worker2"}) {
      start(worker, {"worker", "--master", address(), "--slots", "1", "--name", worker},
            {"--join-secret", secret});
    }
    wait_until("the workers", [&] { return std::filesystem::exists(folder_.file("ready")); });
  }

  // What `tilework apply --json` says of the job.
  json apply(const std::string& photo, const std::string& filter, const std::string& output) {
    Process client(apply_command(photo, filter, output), folder_.path() / "client");
    return outcome(client);
  }
  Process start_job(const std::string& photo, const std::string& filter, const std::string& output) {
    return Process(apply_command(photo, filter, output), folder_.path() / "client");
  }
  json outcome(Process& client) {
    const int code = client.wait();
    INFO(client.errors());
    REQUIRE(code == 0);
    return json::parse(client.output()).at(0);
  }
  // The list of workers, as an administrator sees it.
  json workers() {
    const auto finished =
        run(network_.on("client", {program("tilework-admin"), "workers", "--json", "--master", address(),
                                   "--token-file", folder_.file("state-master/admin-token")}),
            folder_.path() / "admin");
    INFO(finished.errors);
    REQUIRE(finished.code == 0);
    return json::parse(finished.output).at("workers");
  }
  Network& network() { return network_; }
  std::string log() const { return servers_.front().errors(); }  // of the master
  TempDir& folder() { return folder_; }

 private:
  std::string address() const { return network_.address("master") + ":7400"; }
  std::vector<std::string> apply_command(const std::string& photo, const std::string& filter,
                                         const std::string& output) {
    return network_.on("client", {program("tilework"), "apply", photo, "-f", filter, "-o", output, "--tile",
                                  "200x200", "--master", address(), "--json"});
  }
  void start(const std::string& machine, const std::vector<std::string>& words,
             const std::vector<std::string>& more) {
    std::vector<std::string> command{program("tilework-server")};
    command.insert(command.end(), words.begin(), words.end());
    command.insert(command.end(),
                   {"--plugins", folder_.file("plugins"), "--state", folder_.file("state-" + machine)});
    command.insert(command.end(), more.begin(), more.end());
    servers_.emplace_back(network_.on(machine, command), folder_.path() / machine);
  }

  TempDir folder_;
  Network network_{{"master", "worker1", "worker2", "client"}};
  std::deque<Process> servers_;  // end before their network
};

// Tells CTest that a test is skipped, and people why.
bool is_skipped() {
  static const bool possible = Network::is_possible();
  if (!possible)
    std::cout << "skipped: this process can't make network namespaces with links (is it root?)\n";
  return !possible;
}

double wire_bytes_per_pixel(const json& outcome) {
  return outcome.at("wire_bytes").get<double>() /
         (outcome.at("width").get<double>() * outcome.at("height").get<double>());
}

}  // namespace

TEST_CASE("a worker on another machine without the join secret doesn't join, and says what to do") {
  if (is_skipped()) return;
  FarCluster cluster;
  Process stranger(cluster.network().on("client", {program("tilework-server"), "worker", "--master",
                                                   cluster.network().address("master") + ":7400", "--name",
                                                   "stranger", "--plugins", cluster.folder().file("plugins"),
                                                   "--state", cluster.folder().file("state-stranger")}),
                   cluster.folder().path() / "stranger");
  wait_until("the refusal", [&] { return stranger.errors().find("master not joined") != std::string::npos; });
  CHECK_THAT(stranger.errors(), Catch::Contains("join-secret") && Catch::Contains("--join-secret FILE"));
  wait_until("the master's line",
             [&] { return cluster.log().find("worker refused peer=10.77.0.4:") != std::string::npos; });
  CHECK(cluster.workers().size() == 2);
  // The secret may come later.
  std::filesystem::copy_file(cluster.folder().file("state-master/join-secret"),
                             cluster.folder().file("state-stranger/join-secret"));
  wait_until("the worker", [&] { return cluster.workers().size() == 3; });
}

TEST_CASE("results over a network are those of a whole image, byte for byte, however pixels travel") {
  if (is_skipped()) return;
  for (const std::string codec : {"auto", "none", "zstd"}) {
    FarCluster cluster({"--segment-codec", codec});
    for (const std::string suffix : {".jpg", ".png", ".tif"}) {
      const std::string photo = cluster.folder().file("photo" + suffix);
      const PixelFormat format{suffix == ".tif" ? Depth::u16 : Depth::u8, 3};
      write_photo(photo, {1300, 900}, 5, format);
      run_reference(photo, cluster.folder().file("expected" + suffix), {{"gaussian-blur", {}}});
      const std::string output = cluster.folder().file("out" + suffix);
      const json outcome = cluster.apply(photo, "gaussian-blur", output);
      INFO("codec " << codec << " format " << suffix);
      CHECK(difference_of_files(output, cluster.folder().file("expected" + suffix)).empty());
      // Plain pixels go once each way, those in halos several times.
      const double plain = 2.0 * format.bytes();
      if (codec == "none") {
        CHECK(wire_bytes_per_pixel(outcome) > plain);
        CHECK(wire_bytes_per_pixel(outcome) < 2 * plain);
      }
      if (codec == "zstd") {
        CHECK(wire_bytes_per_pixel(outcome) > 0.05 * plain);
        CHECK(wire_bytes_per_pixel(outcome) < plain);
      }
    }
    const json workers = cluster.workers();
    REQUIRE(workers.size() == 2);
    for (const auto& worker : workers) {
      CHECK(worker.at("sent_bytes").get<std::uint64_t>() > 500'000);
      CHECK(worker.at("received_bytes").get<std::uint64_t>() > 300'000);
    }
  }
}

TEST_CASE("findings come over a network as on one machine") {
  if (is_skipped()) return;
  const std::string filter = "find-spots:least=1";
  TempDir folder;
  const std::string photo = folder.file("photo.png"), out = folder.file("out.png");
  write_photo(photo, {900, 700});
  Cluster near(1);
  const auto expected = near.tilework({"apply", photo, "-f", filter, "-o", out, "--json"});
  REQUIRE(expected.code == 0);
  const auto findings = json::parse(expected.output).at(0).at("findings");
  REQUIRE(findings > 10);
  for (const std::string codec : {"none", "zstd"}) {
    FarCluster cluster({"--segment-codec", codec});
    CHECK(cluster.apply(photo, filter, out).at("findings") == findings);
  }
}

TEST_CASE("stats that workers learn from a whole image come over the network, too") {
  if (is_skipped()) return;
  FarCluster cluster({"--segment-codec", "zstd"});
  const std::string photo = cluster.folder().file("photo.png");
  write_photo(photo, {1300, 900});
  run_reference(photo, cluster.folder().file("expected.png"), {{"equalize", {}}});
  cluster.apply(photo, "equalize", cluster.folder().file("out.png"));
  CHECK(difference_of_files(cluster.folder().file("out.png"), cluster.folder().file("expected.png")).empty());
}

TEST_CASE("a job goes on when the link of a worker is cut, and its result is the same") {
  if (is_skipped()) return;
  FarCluster cluster;
  const std::string photo = cluster.folder().file("photo.png");
  const std::string output = cluster.folder().file("out.png");
  write_photo(photo, {1800, 1600});
  run_reference(photo, cluster.folder().file("expected.png"), {{"invert", {}}});
  auto client = cluster.start_job(photo, "test-slow", output);
  wait_until("both workers to have done something", [&] {
    return std::ranges::all_of(cluster.workers(),
                               [](const json& worker) { return worker.at("segments_done").get<int>() >= 4; });
  });
  REQUIRE(client.running());
  cluster.network().cut("worker1");
  const json outcome = cluster.outcome(client);
  CHECK(difference_of_files(output, cluster.folder().file("expected.png")).empty());
  CHECK(outcome.at("segments") == 72);
  CHECK(outcome.at("retried").get<int>() > 0);
  const json workers = cluster.workers();
  REQUIRE(workers.size() == 1);
  CHECK(workers.at(0).at("name") == "worker2");
}

TEST_CASE("who has gone without a word is noticed within a minute, by the master and by the client",
          "[slow]") {
  if (is_skipped()) return;
  FarCluster cluster({}, {}, "3600");
  const std::string photo = cluster.folder().file("photo.png");
  write_photo(photo, {1800, 1600});
  auto client = cluster.start_job(photo, "test-slow", cluster.folder().file("out.png"));
  wait_until("the client", [&] { return cluster.log().find("job submitted") != std::string::npos; });
  cluster.network().cut("client");
  cluster.network().cut("worker1");
  const std::chrono::minutes minute(1);
  wait_until(
      "the client's end", [&] { return !client.running(); }, minute);
  CHECK(client.wait() != 0);
  CHECK_THAT(client.errors(), Catch::Contains("was lost") || Catch::Contains("nobody answers"));
  const auto was_told = [&](const std::string& words) {
    return [&cluster, words] { return cluster.log().find(words) != std::string::npos; };
  };
  wait_until("the master to miss the client", was_told("client left"), minute);
  wait_until("the master to miss the worker", was_told("name=worker1 how=killed"), minute);
}

// Measures the links, so it needs a machine that does nothing else: run it by its tag. The decision itself is
// tested with figures that don't waver, in tests/unit/scheduler/link_model_test.cpp.
TEST_CASE("pixels are packed by themselves on a slow link, and not on a quick one", "[.quiet]") {
  if (is_skipped()) return;
  const auto wire_bytes = [](const std::string& rate) {
    FarCluster cluster({}, rate);
    const std::string photo = cluster.folder().file("photo.png");
    write_photo(photo, {2000, 1500});
    cluster.apply(photo, "gaussian-blur", cluster.folder().file("first.png"));
    return wire_bytes_per_pixel(cluster.apply(photo, "gaussian-blur", cluster.folder().file("out.png")));
  };
  CHECK(wire_bytes("100mbit") < 0.7 * wire_bytes(""));
}

TEST_CASE("a client whose cable is pulled is given up, and its job with it") {
  if (is_skipped()) return;
  FarCluster cluster({"--client-seconds", "2"});
  const std::string photo = cluster.folder().file("photo.jpg");
  write_photo(photo, {1000, 800});
  const auto log = [&] { return bytes_of_file(cluster.folder().file("master.err")); };
  Process client = cluster.start_job(photo, "test-slow:milliseconds=1000", cluster.folder().file("out.png"));
  wait_until("its job", [&] { return log().find("job submitted") != std::string::npos; });
  cluster.network().cut("client");
  wait_until("its end", [&] { return log().find("job ended") != std::string::npos; });
  CHECK(log().find("reason=\"nothing was heard of its client for 2 s\"") != std::string::npos);
  CHECK(client.running());
}

}  // namespace tilework::test
