// What happens when workers die, freeze and come, and when filters fail.
#include <csignal>

#include <catch2/catch.hpp>

#include "schema/model/error.h"
#include "tests/integration/cluster.h"
#include "tests/integration/slow_job.h"

namespace tilework::test {
namespace {

std::string failure_of(Cluster& cluster, const std::string& filter) {
  const std::string photo = cluster.folder().file("photo.jpg");
  const std::string out = cluster.folder().file("failed.png");
  write_photo(photo, {300, 200});
  const auto finished = cluster.tilework({"apply", photo, "-f", filter, "-o", out});
  CHECK(finished.code == 4);
  CHECK_FALSE(std::filesystem::exists(out));
  return finished.errors;
}

void check_that_it_still_works(Cluster& cluster) {
  const std::string photo = cluster.folder().file("photo.jpg");
  write_photo(photo, {300, 200});
  CHECK(cluster.tilework({"apply", photo, "-f", "invert", "-o", cluster.folder().file("fine.png")}).code ==
        0);
}

}  // namespace

TEST_CASE("a worker that is killed during a job costs nothing but time") {
  Cluster cluster(2);
  SlowJob job(cluster);
  job.wait_until_under_way();
  cluster.worker(0).signal(SIGKILL);
  const auto outcome = job.outcome();
  CHECK(job.is_right());
  CHECK(outcome.result.segments == 80);
  CHECK(cluster.joined() == 1);
}

TEST_CASE("a worker that freezes is given up after its heartbeat's deadline") {
  Cluster cluster(2, {"--heartbeat-seconds", "1.5"});
  SlowJob job(cluster);
  job.wait_until_under_way();
  cluster.worker(0).signal(SIGSTOP);
  const auto outcome = job.outcome();
  CHECK(job.is_right());
  CHECK(outcome.result.retried > 0);
  cluster.wait_for_workers(1);
  cluster.worker(0).signal(SIGCONT);
  cluster.wait_for_workers(2);  // it finds out, and joins again
}

TEST_CASE("a worker that starts during a job takes part in it") {
  Cluster cluster(1);
  SlowJob job(cluster);
  job.wait_until_under_way();
  cluster.start_worker();
  job.outcome();
  CHECK(job.is_right());
  auto session = cluster.session();
  const auto status = session.status().get();
  REQUIRE(status.workers.size() == 2);
  CHECK(status.workers[0].segments_done + status.workers[1].segments_done == 80);
  CHECK(status.workers[0].segments_done > 0);
  CHECK(status.workers[1].segments_done > 0);
}

TEST_CASE("a job without any worker says that it waits, and gives up when it was told to") {
  Cluster cluster(0);
  const std::string photo = cluster.folder().file("photo.png"), out = cluster.folder().file("out.png");
  write_photo(photo, {64, 48});
  std::vector<std::string> command{"apply", photo, "-f", "invert", "-o", out};
  Process patient(
      {program("tilework"), "--master", cluster.address(), "apply", photo, "-f", "invert", "-o", out},
      cluster.folder().path() / "patient");
  command.insert(command.end(), {"--wait-for-workers", "1.5"});
  const auto finished = cluster.tilework(command);
  CHECK(finished.code == 3);
  CHECK(finished.errors ==
        "tilework: no worker is connected to the master that can work, and none has come in 1.5 s "
        "(--wait-for-workers)\n");
  CHECK_FALSE(std::filesystem::exists(out));
  wait_until("a line", [&] { return !patient.errors().empty(); });
  CHECK(patient.errors() ==
        "no worker is connected to the master that can work: it waits for one (tilework-server worker "
        "--master ...)\n");
  cluster.start_worker();
  CHECK(patient.wait() == 0);
}

TEST_CASE("a job waits for a worker when all are gone") {
  Cluster cluster(1);
  SlowJob job(cluster);
  job.wait_until_under_way();
  cluster.worker(0).signal(SIGKILL);
  cluster.wait_for_workers(0);
  cluster.start_worker();
  job.outcome();
  CHECK(job.is_right());
}

TEST_CASE("a cancelled job ends, and leaves no output") {
  Cluster cluster(1);
  SlowJob job(cluster);
  job.wait_until_under_way();
  job.cancel();
  try {
    job.outcome();
    FAIL("the job went on");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::cancelled);
  }
  CHECK_FALSE(std::filesystem::exists(cluster.folder().file("slow.png")));
  check_that_it_still_works(cluster);
}

TEST_CASE("a filter that throws fails its job with its own words") {
  Cluster cluster(2);
  CHECK_THAT(failure_of(cluster, "test-throws"),
             Catch::Contains("test-throws") && Catch::Contains("to my taste"));
  check_that_it_still_works(cluster);
}

TEST_CASE("a failed segment is logged with its job, its worker's name and its filter, on both sides") {
  Cluster cluster(1, {}, {"--name", "the-worker"});
  failure_of(cluster, "test-crashes");
  const std::string master = cluster.master().errors(), worker = cluster.worker(0).errors();
  const auto begin = master.find("job submitted job=");
  REQUIRE(begin != std::string::npos);
  const std::string id = master.substr(begin + 18, master.find(' ', begin + 18) - begin - 18);
  CAPTURE(master, worker, id);
  CHECK_THAT(master, Catch::Contains("segment failed job=" + id + " segment=") &&
                         Catch::Contains("worker=the-worker filters=\"test-crashes") &&
                         Catch::Contains("job ended job=" + id));
  CHECK_THAT(worker, Catch::Contains("segment failed job=" + id + " tile="));
}

TEST_CASE("a filter that crashes costs filter hosts, and no worker") {
  Cluster cluster(2);
  CHECK_THAT(failure_of(cluster, "test-crashes"),
             Catch::Contains("test-crashes") && Catch::Contains("Segmentation fault"));
  CHECK(cluster.joined() == 2);
  CHECK(cluster.worker(0).running());
  CHECK(cluster.worker(1).running());
  check_that_it_still_works(cluster);
}

TEST_CASE("a global filter that crashes while its stats are merged fails its job alone") {
  Cluster cluster(2);
  CHECK_THAT(failure_of(cluster, "test-crashes-merging"), Catch::Contains("test-crashes-merging 1.0.0") &&
                                                              Catch::Contains("merged") &&
                                                              Catch::Contains("Segmentation fault"));
  CHECK(cluster.master().running());
  check_that_it_still_works(cluster);
}

TEST_CASE("a filter that hangs is ended at its time limit") {
  Cluster cluster(1, {}, {"--segment-seconds", "0.3"});
  CHECK_THAT(failure_of(cluster, "test-hangs"),
             Catch::Contains("test-hangs") && Catch::Contains("longer than"));
  check_that_it_still_works(cluster);
}

}  // namespace tilework::test
