// An administrator's session with a master: what is asked arrives, and what goes wrong is told.
#include "client/admin/admin_session.h"

#include <fstream>

#include <catch2/catch.hpp>
#include <elf.h>

#include "tests/support/fake_master.h"
#include "tests/support/temp_dir.h"

using namespace tilework;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using test::FakeBehaviour;
using test::FakeMaster;

namespace {

FakeBehaviour administered() {
  FakeBehaviour behaviour;
  behaviour.admin.emplace();
  behaviour.admin->token = "secret";
  return behaviour;
}

client::AdminOptions with_token(const std::string& token = "secret") {
  client::AdminOptions options;
  options.token = token;
  return options;
}

template <class Value>
std::string failure(std::future<Value> future, Fault fault) {
  try {
    future.get();
  } catch (const Error& error) {
    CHECK(error.fault() == fault);
    return error.what();
  }
  return "it did not fail";
}

// The head of a library, and as many bytes as a library of a few pieces has.
void write_library(const std::string& path, std::size_t bytes, Elf64_Half type = ET_DYN) {
  Elf64_Ehdr head{};
  std::copy_n(ELFMAG, SELFMAG, head.e_ident);
  head.e_type = type;
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&head), sizeof head);
  file << std::string(bytes - sizeof head, 'x');
}

}  // namespace

TEST_CASE("what a master tells its administrators arrives whole") {
  auto behaviour = administered();
  auto& admin = *behaviour.admin;
  admin.overview.address = "127.0.0.1:7400";
  admin.overview.up_time = 77s;
  admin.overview.jobs_waiting = 3;
  WorkerDetails worker;
  worker.name = "w";
  worker.id = 9;
  worker.state = WorkerState::silent;
  worker.cpu_percent = 12.5;
  worker.heartbeat_age = 2600ms;
  worker.cpu_time = 5s;
  worker.host = "lab";
  worker.process = 77;
  worker.up_time = 80s;
  worker.free_disk_bytes = 5'000'000'000;
  worker.descriptors = 40;
  worker.descriptor_limit = 1024;
  worker.joined_age = 70s;
  worker.last_error = "blur crashed";
  worker.last_error_age = 3s;
  worker.distrusted = {"blur", "sharpen"};
  worker.aside_reason = "its disk is full";
  worker.aside_time = 30s;
  admin.workers.workers = {worker};
  admin.workers.left = {
      {"v", "barn", "192.0.2.7:5", DepartedWorker::End::silent, "no heartbeat", 9s, 1200, 2}};
  admin.plugins.plugins = {{{"blur.so", "abc", {}}, 2, 1, PluginState::replaced, 5s, true}};
  admin.plugins.refused = {{"bad.so", "bad"}};
  JobSummary job;
  job.id = "42";
  job.state = JobState::cancelled;
  job.run_time = 1234ms;
  job.reason = "why";
  job.client = "ada@lab";
  job.client_id = 4;
  admin.jobs = {job};
  admin.clients = {{4, {"tilework", "ada", "lab", 4711}, "192.0.2.8:6", 100s, 1500ms, 2, 3'000'000, 1, 5}};
  admin.overview.host = "barn";
  admin.overview.spool = "/var/tmp";
  admin.overview.spool_free_bytes = 7'000'000'000;
  admin.overview.descriptors = 20;
  admin.overview.descriptor_limit = 4096;
  const FakeMaster master(behaviour);
  client::AdminSession session({master.endpoint()}, with_token());

  const auto overview = session.overview().get();
  CHECK(overview.address == "127.0.0.1:7400");
  CHECK(overview.up_time == 77s);
  CHECK(overview.jobs_waiting == 3);
  CHECK(overview.host == "barn");
  CHECK(overview.spool == "/var/tmp");
  CHECK(overview.spool_free_bytes == 7'000'000'000);
  CHECK(overview.descriptors == 20);
  CHECK(overview.descriptor_limit == 4096);
  const auto [workers, left] = session.workers().get();
  REQUIRE(workers.size() == 1);
  CHECK(workers[0].name == "w");
  CHECK(workers[0].id == 9);
  CHECK(workers[0].state == WorkerState::silent);
  CHECK(workers[0].cpu_percent == 12.5);
  CHECK(workers[0].heartbeat_age == 2600ms);
  CHECK(workers[0].cpu_time == 5s);
  CHECK(workers[0].host == "lab");
  CHECK(workers[0].process == 77);
  CHECK(workers[0].up_time == 80s);
  CHECK(workers[0].free_disk_bytes == 5'000'000'000);
  CHECK(workers[0].descriptors == 40);
  CHECK(workers[0].descriptor_limit == 1024);
  CHECK(workers[0].joined_age == 70s);
  CHECK(workers[0].last_error == "blur crashed");
  CHECK(workers[0].last_error_age == 3s);
  CHECK(workers[0].distrusted == std::vector<std::string>{"blur", "sharpen"});
  CHECK(workers[0].aside_reason == "its disk is full");
  CHECK(workers[0].aside_time == 30s);
  REQUIRE(left.size() == 1);
  CHECK(left[0].name == "v");
  CHECK(left[0].host == "barn");
  CHECK(left[0].address == "192.0.2.7:5");
  CHECK(left[0].end == DepartedWorker::End::silent);
  CHECK(left[0].reason == "no heartbeat");
  CHECK(left[0].age == 9s);
  CHECK(left[0].segments_done == 1200);
  CHECK(left[0].failures == 2);
  const auto plugins = session.plugins().get();
  REQUIRE(plugins.plugins.size() == 1);
  CHECK(plugins.plugins[0].plugin.digest == "abc");
  CHECK(plugins.plugins[0].state == PluginState::replaced);
  CHECK(plugins.plugins[0].has_earlier);
  CHECK(plugins.refused.at(0).reason == "bad");
  const auto jobs = session.jobs().get();
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].state == JobState::cancelled);
  CHECK(jobs[0].run_time == 1234ms);
  CHECK(jobs[0].reason == "why");
  CHECK(jobs[0].client == "ada@lab");
  CHECK(jobs[0].client_id == 4);
  const auto clients = session.clients().get();
  REQUIRE(clients.size() == 1);
  CHECK(clients[0].id == 4);
  CHECK(name_of(clients[0].info) == "ada@lab");
  CHECK(clients[0].info.program == "tilework");
  CHECK(clients[0].info.process == 4711);
  CHECK(clients[0].address == "192.0.2.8:6");
  CHECK(clients[0].connected == 100s);
  CHECK(clients[0].silence == 1500ms);
  CHECK(clients[0].images == 2);
  CHECK(clients[0].image_bytes == 3'000'000);
  CHECK(clients[0].jobs == 1);
  CHECK(clients[0].previews == 5);
  CHECK(master.record().administrators == 1);
}

TEST_CASE("an administrator's actions reach the master, and answer with what it did") {
  const FakeMaster master(administered());
  client::AdminSession session({master.endpoint()}, with_token());
  CHECK(session.drain("w", true).get() == 1);
  CHECK(session.drain("w", false).get() == 1);
  CHECK(session.cancel("12").get() == "12-and-more");
  CHECK(session.end_client("ada").get() == "ada@lab");
  CHECK(session.withdraw("blur").get() == "blur.so");
  const auto version = session.roll_back("blur").get();
  CHECK(version.file == "blur.so");
  CHECK(version.digest == "0123456789abcdef");
  CHECK(master.record().actions == std::vector<std::string>{"drain w", "undrain w", "cancel 12",
                                                            "end client ada", "withdraw blur",
                                                            "rollback blur"});
}

TEST_CASE("a library is sent in pieces, whole") {
  const test::TempDir folder;
  write_library(folder.file("blur.so"), 2'500'000);
  const FakeMaster master(administered());
  client::AdminSession session({master.endpoint()}, with_token());
  CHECK(session.install(folder.file("blur.so")).get() == "blur.so");
  CHECK(master.record().actions == std::vector<std::string>{"install blur.so, 2500000 of 2500000 bytes"});
}

TEST_CASE("what can't be a plugin isn't sent") {
  const test::TempDir folder;
  const FakeMaster master(administered());
  client::AdminSession session({master.endpoint()}, with_token());
  std::ofstream(folder.file("text.so")) << "int main() {}";
  std::ofstream(folder.file("empty.so"));
  write_library(folder.file("program.so"), 1'000, ET_EXEC);
  write_library(folder.file("library"), 1'000);
  write_library(folder.file(".so"), 1'000);
  for (const char* name : {"text.so", "empty.so", "program.so"}) {
    CHECK_THAT(failure(session.install(folder.file(name)), Fault::user), Contains("is no shared library"));
  }
  for (const char* name : {"library", ".so"}) {
    CHECK_THAT(failure(session.install(folder.file(name)), Fault::user), Contains("ends with .so"));
  }
  CHECK_THAT(failure(session.install(folder.file("none.so")), Fault::user), Contains("No such file"));
  CHECK(master.record().administrators == 0);
}

TEST_CASE("what a master refuses is its refusal, not the administrator's mistake") {
  const test::TempDir folder;
  write_library(folder.file("blur.so"), 1'000);
  auto behaviour = administered();
  behaviour.admin->refusal = UserError("not like this");
  const FakeMaster master(behaviour);
  client::AdminSession session({master.endpoint()}, with_token());
  CHECK(failure(session.drain("w", true), Fault::failed) == "not like this");
  CHECK(failure(session.cancel("1"), Fault::failed) == "not like this");
  CHECK(failure(session.install(folder.file("blur.so")), Fault::failed) == "not like this");
}

TEST_CASE("a wrong token is told with the master's address, and no other master is asked") {
  const FakeMaster master(administered());
  const FakeMaster other(administered());
  client::AdminSession session({master.endpoint(), other.endpoint()}, with_token("guess"));
  CHECK(failure(session.jobs(), Fault::denied) ==
        "the master at " + master.endpoint().text() + " refuses the token");
  CHECK(other.record().administrators == 0);
}

TEST_CASE("a master that can't be administered or hangs up is passed over for one that can") {
  FakeBehaviour rude;
  rude.greeting = FakeBehaviour::Greeting::hangs_up;
  const FakeMaster old({}), hangs_up(rude), good(administered());
  client::AdminSession session({old.endpoint(), hangs_up.endpoint(), good.endpoint()}, with_token());
  CHECK(session.jobs().get().empty());
  client::AdminSession nobody({old.endpoint(), hangs_up.endpoint()}, with_token());
  CHECK_THAT(failure(nobody.jobs(), Fault::unreachable),
             Contains("can't be administered") && Contains("it hangs up"));
}

TEST_CASE("a master that freezes is given up after a while") {
  auto behaviour = administered();
  behaviour.admin->is_frozen = true;
  const FakeMaster master(behaviour);
  auto options = with_token();
  options.answer_timeout = 20ms;
  client::AdminSession session({master.endpoint()}, options);
  CHECK_THAT(failure(session.overview(), Fault::unreachable), Contains("doesn't answer in time"));
}

TEST_CASE("a lost connection is told, and the next call connects again") {
  FakeMaster master(administered());
  client::AdminSession session({master.endpoint()}, with_token());
  auto waiting = session.logs(0, 10);
  session.jobs().get();  // so the other call is under way
  master.drop_connections();
  CHECK_THAT(failure(std::move(waiting), Fault::unreachable), Contains("was lost"));
  session.jobs().get();
  CHECK(master.record().administrators == 2);
}

TEST_CASE("the log is followed from the last line, and the wait for the next can be cancelled") {
  auto behaviour = administered();
  behaviour.admin->log = {{3, "c"}, {4, "d"}};
  const FakeMaster master(behaviour);
  client::AdminSession session({master.endpoint()}, with_token());
  const auto lines = session.logs(3, 10).get();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].number == 4);
  CHECK(lines[0].text == "d");
  auto waiting = session.logs(4, 10);
  session.cancel_all();
  failure(std::move(waiting), Fault::cancelled);
}
