// Who uses a master: seen and ended by administrators, and given up when they are frozen or cut off.
#include <csignal>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "schema/transport/machine.h"
#include "tests/integration/cluster.h"
#include "tests/integration/listed.h"

namespace tilework::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

// Somebody's slow job of 80 tiles, by the command line.
class Somebody {
 public:
  Somebody(Cluster& cluster, const std::string& name, int milliseconds)
      : output_(cluster.folder().file(name + ".png")) {
    const std::string photo = cluster.folder().file(name + ".jpg");
    write_photo(photo, {1000, 800});
    reference_ = cluster.folder().file(name + "-reference.png");
    run_reference(photo, reference_, {{"invert", {}}});
    apply_.emplace(std::vector<std::string>{program("tilework"), "apply", photo, "-f",
                                            "test-slow:milliseconds=" + std::to_string(milliseconds),
                                            "--tile", "100", "-o", output_, "--master", cluster.address()},
                   cluster.folder().path() / name);
  }

  Process& process() { return *apply_; }
  bool has_output() const { return std::filesystem::exists(output_); }
  bool is_right() const { return difference_of_files(output_, reference_).empty(); }

 private:
  std::string output_, reference_;
  std::optional<Process> apply_;
};

json wait_for_jobs(Cluster& cluster, std::size_t count) {
  json jobs;
  wait_until("jobs under way", [&] {
    jobs = listed(cluster, "jobs");
    return jobs.size() == count &&
           std::ranges::all_of(jobs, [](const auto& job) { return job.at("segments_done") > 0; });
  });
  return jobs;
}

std::string own_name() {
  return transport::user_name() + "@" + transport::host_name();
}

}  // namespace

TEST_CASE("frozen clients make room for others, and one that goes on finishes its work") {
  Cluster cluster(1, {"--max-clients", "2", "--client-seconds", "2"});
  Somebody first(cluster, "first", 60), second(cluster, "second", 60);
  wait_for_jobs(cluster, 2);
  first.process().signal(SIGSTOP);
  second.process().signal(SIGSTOP);
  // The third is turned away while there is no place.
  const std::string photo = cluster.folder().file("third.jpg");
  write_photo(photo, {300, 200});
  const std::vector<std::string> third{"apply",  photo, "-f",
                                       "invert", "-o",  cluster.folder().file("third.png")};
  CHECK_THAT(cluster.tilework(third).errors, Contains("no more than 2 clients"));
  wait_until("the ends of both", [&] { return listed(cluster, "clients").empty(); });
  CHECK(cluster.tilework(third).code == 0);
  for (const auto& job : listed(cluster, "jobs")) {
    if (job.at("image") == photo) continue;
    CHECK(job.at("state") == "cancelled");
    CHECK_THAT(job.at("reason").get<std::string>(), Contains("nothing was heard of its client for 2 s"));
  }
  CHECK_THAT(cluster.master().errors(), Contains("client left client=\"" + own_name() + "\"") &&
                                            Contains("reason=\"nothing was heard of its client for 2 s\""));

  first.process().signal(SIGCONT);
  CHECK(first.process().wait() == 0);
  CHECK(first.is_right());
  CHECK_THAT(first.process().errors(), Contains("was lost"));
}

TEST_CASE("a client that waits long for its job, and one that only looks on, stay") {
  Cluster cluster(1, {"--client-seconds", "2"});
  Process watch({program("tilework"), "filters", "--watch", "--master", cluster.address()},
                cluster.folder().path() / "watch");
  Somebody somebody(cluster, "somebody", 60);
  CHECK(somebody.process().wait() == 0);
  CHECK(somebody.is_right());
  CHECK(watch.running());
  CHECK(listed(cluster, "clients").size() == 1);
  CHECK(cluster.master().errors().find("nothing was heard") == std::string::npos);
}

TEST_CASE("an administrator ends a client's session: it is told so, and doesn't come back") {
  Cluster cluster(1);
  Somebody somebody(cluster, "somebody", 200);
  const auto jobs = wait_for_jobs(cluster, 1);
  const auto clients = listed(cluster, "clients");
  REQUIRE(clients.size() == 1);
  const auto& client = clients[0];
  CHECK(client.at("name") == own_name());
  CHECK(client.at("program") == "tilework");
  CHECK(client.at("process") == somebody.process().pid());
  CHECK_THAT(client.at("address").get<std::string>(), Contains("127.0.0.1:"));
  CHECK(client.at("images") == 1);
  CHECK(client.at("image_bytes") == std::filesystem::file_size(cluster.folder().file("somebody.jpg")));
  CHECK(client.at("jobs") == 1);
  CHECK(client.at("previews") == 0);
  CHECK(client.at("silent_seconds") < 10);
  CHECK(jobs[0].at("client") == own_name());
  CHECK(jobs[0].at("client_id") == client.at("id"));

  const auto ended = cluster.admin({"end-client", own_name()});
  INFO(ended.errors);
  CHECK(ended.code == 0);
  CHECK_THAT(ended.output, Contains(own_name()));
  CHECK(listed(cluster, "clients").empty());
  CHECK(somebody.process().wait() == 4);
  CHECK_THAT(somebody.process().errors(), Contains("an administrator ended this session"));
  CHECK_FALSE(somebody.has_output());
  CHECK(listed(cluster, "jobs")[0].at("reason") == "an administrator ended this session");
  const auto again = cluster.admin({"end-client", own_name()});
  CHECK(again.code == 4);
  CHECK_THAT(again.errors, Contains("no client \"" + own_name() + "\""));
}

TEST_CASE("a client that only looks on hears of the end of its session as well") {
  Cluster cluster(1);
  Process watch({program("tilework"), "filters", "--watch", "--master", cluster.address()},
                cluster.folder().path() / "watch");
  json clients;
  wait_until("the client", [&] { return !(clients = listed(cluster, "clients")).empty(); });
  CHECK(cluster.admin({"end-client", std::to_string(clients[0].at("id").get<std::uint64_t>())}).code == 0);
  CHECK(watch.wait() == 4);
  CHECK_THAT(watch.errors(), Contains("an administrator ended this session"));
}

TEST_CASE("the log names clients by who they are and where, with their jobs") {
  Cluster cluster(1);
  Somebody somebody(cluster, "somebody", 1);
  CHECK(somebody.process().wait() == 0);
  wait_until("its end", [&] { return listed(cluster, "clients").empty(); });
  const auto id = listed(cluster, "jobs")[0].at("client_id").get<std::uint64_t>();
  const std::string who =
      " client=\"" + own_name() + "\" client_id=" + std::to_string(id) + " address=127.0.0.1:";
  const std::string log = cluster.master().errors();
  for (const std::string line : {"client connected", "client left"}) CHECK_THAT(log, Contains(line + who));
  for (const std::string line : {"job submitted job=", "job done job="}) {
    const auto begin = log.find(line);
    REQUIRE(begin != std::string::npos);
    CHECK_THAT(log.substr(begin, log.find('\n', begin) - begin), Contains(who));
  }
}

}  // namespace tilework::test
