// Workers that go, each in its own way, and what their master's log says of it.
#include <csignal>
#include <filesystem>

#include <catch2/catch.hpp>

#include "tests/integration/cluster.h"

namespace tilework::test {

TEST_CASE("the master tells apart how workers end") {
  Cluster cluster(0, {"--heartbeat-seconds", "2"});
  for (const char* name : {"stopped", "segfault", "abort", "killed", "silent"})
    cluster.start_worker({"--name", name});
  cluster.worker(0).signal(SIGTERM);
  wait_for_log(cluster.master(), R"log(name=stopped how=stopped reason="it was stopped by SIGTERM")log");
  CHECK(cluster.worker(0).wait() == 0);
  cluster.worker(1).signal(SIGSEGV);
  wait_for_log(cluster.master(),
               R"log(name=segfault how=crashed reason="it crashed (Segmentation fault)")log");
  CHECK(cluster.worker(1).wait() == 128 + SIGSEGV);
  cluster.worker(2).signal(SIGABRT);
  wait_for_log(cluster.master(), R"log(name=abort how=crashed reason="it crashed (Aborted)")log");
  CHECK(cluster.worker(2).wait() == 128 + SIGABRT);
  cluster.worker(3).signal(SIGKILL);
  wait_for_log(cluster.master(), R"log(name=killed how=killed reason="the connection was closed")log");
  cluster.worker(4).signal(SIGSTOP);
  wait_for_log(cluster.master(), R"log(name=silent how=silent reason="no heartbeat")log");
}

TEST_CASE("a worker that is stopped isn't held up by a master that doesn't answer") {
  Cluster cluster(0);
  cluster.start_master();
  const Process& worker = cluster.start_worker({"--name", "both"});
  wait_until("the worker's own knowledge of it", [&] {
    const std::string log = worker.errors();
    return log.find("joined master=", log.find("joined master=") + 1) != std::string::npos;
  });
  cluster.master(1).signal(SIGSTOP);
  cluster.worker(0).signal(SIGTERM);
  const auto begin = std::chrono::steady_clock::now();
  CHECK(cluster.worker(0).wait() == 0);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(3));
  wait_for_log(cluster.master(), "name=both how=stopped");
  CHECK(cluster.master(0).errors().find("name=both how=killed") == std::string::npos);
}

}  // namespace tilework::test
