// What an administrator does to a cluster of real processes, by tilework-admin.
#include <algorithm>
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

// The newest worker of that name.
json worker_named(Cluster& cluster, const std::string& name) {
  json found;
  for (const auto& worker : listed(cluster, "workers")) {
    if (worker.at("name") == name) found = worker;
  }
  REQUIRE_FALSE(found.is_null());
  return found;
}

// Somebody's slow job of 80 tiles that inverts, by the command line.
class Somebody {
 public:
  Somebody(Cluster& cluster, int milliseconds)
      : cluster_(cluster), output_(cluster.folder().file("slow.png")) {
    const std::string photo = cluster.folder().file("slow.jpg");
    write_photo(photo, {1000, 800});
    run_reference(photo, reference(), {{"invert", {}}});
    const std::string filter = "test-slow:milliseconds=" + std::to_string(milliseconds);
    apply_.emplace(std::vector<std::string>{program("tilework"), "apply", photo, "-f", filter, "--tile",
                                            "100", "-o", output_, "--master", cluster.address()},
                   cluster.folder().path() / "somebody");
  }

  // As administrators see it, when so many segments are done.
  json wait_until_done(unsigned segments) {
    json job;
    wait_until("a job under way", [&] {
      const auto jobs = listed(cluster_, "jobs");
      if (!jobs.empty()) job = jobs[0];
      return !job.is_null() && job.at("segments_done") >= segments;
    });
    return job;
  }

  Process& process() { return *apply_; }
  const std::string& output() const { return output_; }
  bool is_right() const { return difference_of_files(output_, reference()).empty(); }

 private:
  std::string reference() const { return cluster_.folder().file("slow-reference.png"); }

  Cluster& cluster_;
  std::string output_;
  std::optional<Process> apply_;
};

void run_small_job(Cluster& cluster) {
  write_photo(cluster.folder().file("small.jpg"), {400, 300});
  const auto finished = cluster.tilework({"apply", cluster.folder().file("small.jpg"), "-f", "test-slow",
                                          "--tile", "100", "-o", cluster.folder().file("small.png")});
  INFO(finished.errors);
  REQUIRE(finished.code == 0);
}

}  // namespace

TEST_CASE("an administrator sees the master, its workers and what they do") {
  Cluster cluster(0);
  cluster.start_worker({"--name", "first"});
  run_small_job(cluster);

  const auto masters = listed(cluster, "masters");
  REQUIRE(masters.size() == 1);
  CHECK(masters[0].at("listens_on") == cluster.address());
  CHECK(masters[0].at("plugin_folder") == cluster.folder().file("plugins"));
  CHECK(masters[0].at("workers") == 1);
  CHECK(masters[0].at("slots") == 1);
  CHECK(masters[0].at("filters") >= 14);

  const auto worker = worker_named(cluster, "first");
  CHECK(worker.at("state") == "ready");
  CHECK(worker.at("segments_done") == 12);
  CHECK(worker.at("address") == "local");  // it came over the local socket
  CHECK(worker.at("heartbeat_seconds") < 2.5);
  wait_until("a heartbeat after the job",
             [&] { return worker_named(cluster, "first").at("cpu_seconds") > 0; });

  const auto now = worker_named(cluster, "first");
  CHECK(now.at("host") == transport::host_name());
  CHECK(now.at("process") == cluster.worker(0).pid());
  CHECK(now.at("free_disk_bytes") > 0);
  CHECK(now.at("descriptors") > 3);
  CHECK(now.at("descriptor_limit") > now.at("descriptors"));
  CHECK(now.at("last_error") == "");
  CHECK(now.at("joined_seconds") <= now.at("up_seconds").get<double>() + 1);
  CHECK(masters[0].at("host") == transport::host_name());
  CHECK(masters[0].at("spool_free_bytes") > 0);
  CHECK(masters[0].at("descriptors") > 3);

  const auto jobs = listed(cluster, "jobs");
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].at("state") == "done");
  CHECK(jobs[0].at("recipe") == "test-slow");
  CHECK(jobs[0].at("client") == transport::user_name() + "@" + transport::host_name());
  CHECK(jobs[0].at("segments_done") == 12);
  CHECK(jobs[0].at("run_seconds") > 0);

  CHECK_THAT(cluster.admin({"masters"}).output, Contains(cluster.address() + "  ready"));
  CHECK_THAT(cluster.admin({"workers"}).output, Contains("first") && Contains("HEARTBEAT"));
  CHECK_THAT(cluster.admin({"jobs"}).output, Contains("small.jpg") && Contains("100 % of 12"));
}

TEST_CASE("an administrator sees whose segments fail, with what, and chooses those") {
  Cluster cluster(0);
  cluster.start_worker({"--name", "first"});
  cluster.start_worker({"--name", "second"});
  write_photo(cluster.folder().file("photo.jpg"), {100, 80});
  for (const char* filter : {"invert", "test-throws"}) {
    cluster.tilework({"apply", cluster.folder().file("photo.jpg"), "-f", filter, "-o",
                      cluster.folder().file(std::string(filter) + ".png")});
  }
  const auto failing = cluster.admin({"workers", "--failed", "--json"});
  REQUIRE(failing.code == 0);
  const json document = json::parse(failing.output);
  for (const auto& worker : document.at("workers")) {
    CHECK_THAT(worker.at("last_error").get<std::string>(), Contains("to my taste"));
    CHECK(worker.at("failures") > 0);
  }
  CHECK_THAT(cluster.admin({"workers"}).output,
             Contains("TROUBLE AT") && Contains("to my taste") && Contains("2 workers, 2 slots"));
  CHECK_THAT(cluster.admin({"workers", "--wide"}).output,
             Contains("DISK FREE") && Contains(transport::host_name()));
  const auto failed = cluster.admin({"jobs", "--failed", "--json"});
  REQUIRE(json::parse(failed.output).size() == 1);
  CHECK(json::parse(failed.output)[0].at("recipe") == "test-throws");
  CHECK_THAT(cluster.admin({"jobs", "--sort", "RECIPE"}).output, Contains("2 jobs: 1 done, 1 failed"));
  const auto wrong = cluster.admin({"jobs", "--sort", "colour"});
  CHECK(wrong.code == 2);
  CHECK_THAT(wrong.errors, Contains("colour") && Contains("recipe"));
}

TEST_CASE("lists without entries are a sentence, and no error") {
  Cluster cluster(0);
  for (const char* list : {"workers", "jobs"}) {
    const auto finished = cluster.admin({list});
    CHECK(finished.code == 0);
    CHECK_THAT(finished.output, Contains("No worker") || Contains("no jobs"));
  }
  CHECK(listed(cluster, "jobs").empty());
}

TEST_CASE("a list is watched as one document a line, until it is interrupted") {
  Cluster cluster(1);
  Process watch(cluster.admin_command({"workers", "--json", "--watch", "0.1"}),
                cluster.folder().path() / "watch");
  wait_until("two documents", [&] { return std::ranges::count(watch.output(), '\n') >= 2; });
  watch.signal(SIGINT);
  CHECK(watch.wait() == 130);
  const std::string output = watch.output();
  CHECK(json::parse(output.substr(0, output.find('\n'))).at("workers").size() == 1);
}

TEST_CASE(
    "a worker that is drained during a job finishes what it has, and gets nothing new until it is taken "
    "back") {
  Cluster cluster(0);
  cluster.start_worker({"--name", "first"});
  cluster.start_worker({"--name", "second"});
  Somebody somebody(cluster, 50);
  wait_until("work for both", [&] {
    return worker_named(cluster, "first").at("segments_done") > 0 &&
           worker_named(cluster, "second").at("segments_done") > 0;
  });
  CHECK(cluster.admin({"drain", "first"}).code == 0);
  json drained;
  wait_until("the drained worker", [&] {
    drained = worker_named(cluster, "first");
    return drained.at("state") == "drained";
  });
  CHECK(drained.at("busy_slots") == 0);
  CHECK(somebody.process().running());  // so there was more to be had
  CHECK(somebody.process().wait() == 0);
  CHECK(somebody.is_right());
  const unsigned done = drained.at("segments_done");
  CHECK(worker_named(cluster, "first").at("segments_done") == done);
  CHECK(worker_named(cluster, "second").at("segments_done") == 80 - done);

  // Its name is remembered.
  cluster.worker(0).signal(SIGTERM);
  cluster.wait_for_workers(1);
  cluster.start_worker({"--name", "first"});
  CHECK(worker_named(cluster, "first").at("state") == "drained");
  run_small_job(cluster);
  CHECK(worker_named(cluster, "first").at("segments_done") == 0);

  const auto back = worker_named(cluster, "first");
  CHECK(cluster.admin({"undrain", std::to_string(back.at("id").get<std::uint64_t>())}).code ==
        0);  // by its id
  CHECK(worker_named(cluster, "first").at("state") == "ready");
  run_small_job(cluster);
  CHECK(worker_named(cluster, "first").at("segments_done") > 0);
  cluster.worker(2).signal(SIGTERM);
  cluster.wait_for_workers(1);
  cluster.start_worker({"--name", "first"});
  CHECK(worker_named(cluster, "first").at("state") == "ready");
}

TEST_CASE("workers of one name are drained together, and one that isn't there is a refusal") {
  Cluster cluster(0);
  cluster.start_worker({"--name", "twin"});
  cluster.start_worker({"--name", "twin"});
  const auto drained = cluster.admin({"drain", "twin", "--json"});
  CHECK(drained.code == 0);
  CHECK(json::parse(drained.output).at("masters")[0].at("workers") == 2);
  for (const auto& worker : listed(cluster, "workers")) CHECK(worker.at("state") == "drained");
  for (const char* command : {"drain", "undrain"}) {
    const auto refused = cluster.admin({command, "nobody"});
    CHECK(refused.code == 4);
    CHECK_THAT(refused.errors, Contains("no worker \"nobody\""));
  }
}

TEST_CASE("a frozen worker is shown as silent before it is given up") {
  Cluster cluster(0, {"--heartbeat-seconds", "60"});
  cluster.start_worker({"--name", "first"});
  cluster.worker(0).signal(SIGSTOP);
  wait_until("the silence", [&] { return worker_named(cluster, "first").at("state") == "silent"; });
  CHECK(worker_named(cluster, "first").at("heartbeat_seconds") > 2.5);
  cluster.worker(0).signal(SIGCONT);
  wait_until("its heartbeat", [&] { return worker_named(cluster, "first").at("state") == "ready"; });
}

TEST_CASE("an administrator ends somebody's job, who is told so") {
  Cluster cluster(1);
  Somebody somebody(cluster, 200);
  const auto job = somebody.wait_until_done(1);
  const std::string id = job.at("id");
  CHECK(job.at("state") == "running");
  CHECK(job.at("segments_total") == 80);
  const auto cancelled = cluster.admin({"cancel", id.substr(0, 8)});
  CHECK(cancelled.code == 0);
  CHECK_THAT(cancelled.output, Contains(id));
  CHECK(somebody.process().wait() == 4);
  CHECK_THAT(somebody.process().errors(), Contains("an administrator cancelled the job"));
  CHECK_FALSE(std::filesystem::exists(somebody.output()));

  const auto after = listed(cluster, "jobs");
  REQUIRE(after.size() == 1);
  CHECK(after[0].at("state") == "cancelled");
  CHECK(after[0].at("reason") == "an administrator cancelled the job");
  CHECK_THAT(cluster.admin({"jobs"}).output, Contains("REASON") && Contains("an administrator"));
  const auto again = cluster.admin({"cancel", id});
  CHECK(again.code == 4);
  CHECK_THAT(again.errors, Contains("has ended already"));
  CHECK(cluster.admin({"cancel", "ffff-unknown"}).code == 4);
  run_small_job(cluster);
}

TEST_CASE("a job whose client leaves is kept as cancelled") {
  Cluster cluster(1);
  Somebody somebody(cluster, 200);
  somebody.wait_until_done(1);
  somebody.process().signal(SIGKILL);
  wait_until("the end of the job", [&] { return listed(cluster, "jobs")[0].at("state") == "cancelled"; });
  CHECK(listed(cluster, "jobs")[0].at("reason") == "its client left");
}

TEST_CASE("the log is read from afar, and followed to the line that comes") {
  Cluster cluster(0);
  const auto last = cluster.admin({"logs", "--lines", "1"});
  CHECK(last.code == 0);
  CHECK(std::ranges::count(last.output, '\n') == 1);
  CHECK_THAT(cluster.admin({"logs"}).output, Contains("master listens address=" + cluster.address()));

  Process follow(cluster.admin_command({"logs", "--follow", "--json"}), cluster.folder().path() / "follow");
  wait_until("the lines before", [&] { return follow.output().find("master listens") != std::string::npos; });
  cluster.start_worker({"--name", "latecomer"});
  wait_until("the new line", [&] { return follow.output().find("name=latecomer") != std::string::npos; });
  follow.signal(SIGINT);
  CHECK(follow.wait() == 130);
  std::istringstream lines(follow.output());
  std::uint64_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    CHECK(json::parse(line).at("number") == number + 1);
    number = json::parse(line).at("number");
  }
}

}  // namespace tilework::test
