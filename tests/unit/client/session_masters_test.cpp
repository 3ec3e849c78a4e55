// A client whose master is lost: jobs and calls go on at the next of the list, or say why they can't.
#include <chrono>
#include <future>
#include <memory>

#include <catch2/catch.hpp>

#include "client/session/session.h"
#include "tests/support/fake_master.h"
#include "tests/unit/client/session_desk.h"

using namespace tilework;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using test::Desk;
using test::FakeBehaviour;
using test::FakeMaster;
using test::FakeRecord;
using test::fault_of;
using test::read_file;
using Greeting = FakeBehaviour::Greeting;
using Moves = std::vector<client::MasterMove>;

namespace {

FakeBehaviour gives(const std::string& file) {
  FakeBehaviour behaviour;
  behaviour.file = file;
  return behaviour;
}

FakeBehaviour holds_jobs() {
  FakeBehaviour behaviour = gives("what must not come");
  behaviour.holds_jobs = true;
  return behaviour;
}

bool has_a_job(const FakeRecord& record) {
  return record.submitted == 1;
}

// Ends as a program does that is killed: its connections close, and nobody is served any more.
void kill(FakeMaster& master) {
  master.greet(Greeting::hangs_up);
  master.drop_connections();
}

// The moves may be read when the job has ended.
client::JobObserver telling(Moves& moves) {
  client::JobObserver observer;
  observer.moved = [&moves](const client::MasterMove& move) { moves.push_back(move); };
  return observer;
}

}  // namespace

TEST_CASE("a job whose master is lost is done by the next under the same id, and the user is told") {
  FakeBehaviour behaviour = gives("what must not come");
  std::function<bool(const FakeRecord&)> reached;
  bool submitted = true;
  SECTION("in the upload") {
    behaviour.holds_upload = true;
    reached = [](const auto& record) { return record.uploads_begun == 1; };
    submitted = false;
  }
  SECTION("in the queue") {
    behaviour.holds_jobs = true;
    reached = has_a_job;
  }
  SECTION("in the download") {
    behaviour.holds_download = true;
    reached = [](const auto& record) { return record.downloads_begun == 1; };
  }
  FakeMaster first(behaviour);
  const FakeMaster second(gives("the result"));
  const Desk desk;
  Moves moves;
  unsigned losses = 0;
  auto observer = telling(moves);
  observer.lost = [&] { ++losses; };
  const auto spec = desk.job();
  client::Session session({first.endpoint(), second.endpoint()});
  auto job = session.apply(spec, observer);
  REQUIRE(first.wait_until(reached));
  kill(first);
  const auto outcome = job.get();
  CHECK(read_file(desk.folder.file("out.png")) == "the result");
  CHECK(desk.outputs() == std::vector<std::string>{"out.png"});
  CHECK(second.record().image == "an image");
  CHECK(second.record().ids == std::vector{spec.id});
  if (submitted) CHECK(first.record().ids == std::vector{spec.id});
  CHECK(outcome.masters == std::vector{first.endpoint().text(), second.endpoint().text()});
  CHECK(outcome.lost > 0us);
  CHECK(losses == 1);
  REQUIRE(moves.size() == 1);
  CHECK(moves[0].from == first.endpoint().text());
  CHECK(moves[0].to == second.endpoint().text());
  CHECK(moves[0].why == "the connection was closed");
}

TEST_CASE("a master that freezes is given up after a silence, and does no harm when it comes to itself") {
  FakeBehaviour behaviour = gives("what must not come");
  behaviour.holds_upload = GENERATE(true, false);
  behaviour.holds_jobs = !behaviour.holds_upload;
  FakeMaster first(behaviour);
  const FakeMaster second(gives("the result"));
  const Desk desk;
  Moves moves;
  client::SessionOptions options;
  options.ping_interval = 10ms;
  options.ping_deadline = 1'000ms;
  client::Session session({first.endpoint(), second.endpoint()}, options);
  auto job = session.apply(desk.job(), telling(moves));
  REQUIRE(first.wait_until([](const auto& record) { return record.uploads_begun == 1; }));
  first.freeze();
  job.get();
  first.thaw();
  first.release();
  REQUIRE(moves.size() == 1);
  CHECK(moves[0].why == "it has not answered for 1 s");
  CHECK(read_file(desk.folder.file("out.png")) == "the result");
  CHECK(desk.outputs() == std::vector<std::string>{"out.png"});
}

TEST_CASE("a master that takes long but answers pings keeps its job") {
  FakeMaster master(holds_jobs());
  const Desk desk;
  client::SessionOptions options;
  options.ping_interval = 1ms;
  options.ping_deadline = 2'000ms;
  client::Session session({master.endpoint()}, options);
  auto job = session.apply(desk.job());
  REQUIRE(master.wait_until([](const auto& record) { return record.pings >= 100; }));
  master.release();
  CHECK(job.get().masters.size() == 1);
  CHECK(master.record().sessions == 1);
}

TEST_CASE(
    "a session that its master ends doesn't come back, and all that it does ends with the master's reason") {
  FakeBehaviour behaviour = holds_jobs();
  behaviour.ping_error = Error(Fault::failed, "an administrator ended this session");
  const FakeMaster first(behaviour), second({});
  const Desk desk;
  client::SessionOptions options;
  options.ping_interval = 10ms;
  client::Session session({first.endpoint(), second.endpoint()}, options);
  std::string text;
  CHECK(fault_of(session.apply(desk.job()), &text) == Fault::failed);
  CHECK(text == "an administrator ended this session");
  CHECK(fault_of(session.status(), &text) == Fault::failed);
  CHECK(text == "an administrator ended this session");
  CHECK(fault_of(session.apply(desk.job())) == Fault::failed);
  CHECK(first.record().sessions == 1);
  CHECK(second.record().sessions == 0);
  CHECK(desk.outputs().empty());
}

TEST_CASE("masters that don't answer are passed over, at the start and in a move") {
  FakeBehaviour silent;
  silent.greeting = Greeting::silent;
  const FakeMaster first(silent);
  FakeMaster second(holds_jobs());
  const FakeMaster third(silent);
  const FakeMaster fourth(gives("the result"));
  const Desk desk;
  client::SessionOptions options;
  options.connect_timeout = 1'000ms;
  client::Session session({first.endpoint(), second.endpoint(), third.endpoint(), fourth.endpoint()},
                          options);
  auto job = session.apply(desk.job());
  REQUIRE(second.wait_until(has_a_job));
  kill(second);
  CHECK(job.get().masters == std::vector{second.endpoint().text(), fourth.endpoint().text()});
  CHECK(first.record().turned_away == 1);  // the list goes on after the lost one
}

TEST_CASE("the list wraps round, and a master that is back is joined again") {
  FakeMaster first(holds_jobs());
  const Desk desk;
  client::Session session({first.endpoint()});
  Moves moves;
  auto job = session.apply(desk.job(), telling(moves));
  REQUIRE(first.wait_until(has_a_job));
  kill(first);
  REQUIRE(first.wait_until([](const auto& record) { return record.turned_away >= 2; }));
  CHECK(job.wait_for(0s) == std::future_status::timeout);
  first.release();
  first.greet(Greeting::normal);
  const auto outcome = job.get();
  CHECK(outcome.masters == std::vector{first.endpoint().text(), first.endpoint().text()});
  CHECK(moves.size() == 1);
  CHECK(first.record().ids.size() == 2);
  CHECK(first.record().ids.at(0) == first.record().ids.at(1));
}

TEST_CASE("what a master refuses isn't tried at another") {
  const Fault fault = GENERATE(Fault::user, Fault::failed);
  FakeBehaviour behaviour;
  if (fault == Fault::user) behaviour.submit_error = UserError("no such filter");
  if (fault == Fault::failed) behaviour.job_error = Error(Fault::failed, "blur crashed");
  const Desk desk;
  SECTION("by the first") {
    const FakeMaster first(behaviour);
    const FakeMaster second({});
    client::Session session({first.endpoint(), second.endpoint()});
    CHECK(fault_of(session.apply(desk.job())) == fault);
    CHECK(second.record().sessions == 0);
  }
  SECTION("after a move") {
    FakeMaster first(holds_jobs());
    const FakeMaster second(behaviour);
    client::Session session({first.endpoint(), second.endpoint()});
    auto job = session.apply(desk.job());
    REQUIRE(first.wait_until(has_a_job));
    kill(first);
    CHECK(fault_of(std::move(job)) == fault);
    CHECK(second.record().uploads_begun == 1);
  }
  CHECK(desk.outputs().empty());
}

TEST_CASE("when nobody answers for longer than the patience, all masters are named, and nothing is left") {
  FakeMaster first(holds_jobs());
  FakeBehaviour gone;
  gone.greeting = Greeting::hangs_up;
  const FakeMaster second(gone);
  const Desk desk;
  client::SessionOptions options;
  options.patience = 500ms;
  client::Session session({first.endpoint(), second.endpoint()}, options);
  auto job = session.apply(desk.job());
  REQUIRE(first.wait_until(has_a_job));
  kill(first);
  std::string text;
  CHECK(fault_of(std::move(job), &text) == Fault::unreachable);
  CHECK_THAT(text,
             Contains("the master at " + first.endpoint().text() + " was lost (the connection was closed)"));
  CHECK_THAT(text, Contains("nothing was stored"));
  CHECK_THAT(text, Contains("no other was found in 0.5 s"));
  CHECK_THAT(text, Contains(second.endpoint().text() + " (it hangs up"));
  CHECK_THAT(text, Contains("is tilework-server running there?"));
  CHECK(desk.outputs().empty());
  CHECK(second.record().turned_away >= 2);

  // Who is known to be away isn't waited for again: three attempts, as at any beginning.
  const auto before = second.record().turned_away;
  CHECK(fault_of(session.status()) == Fault::unreachable);
  CHECK(second.record().turned_away == before + 3);
  first.release();
  first.greet(Greeting::normal);
  session.apply(desk.job()).get();
  CHECK(desk.outputs() == std::vector<std::string>{"out.png"});
}

TEST_CASE("a job that is cancelled while it looks for a master ends at once") {
  FakeMaster first(holds_jobs());
  FakeBehaviour gone;
  gone.greeting = Greeting::hangs_up;
  const FakeMaster second(gone);
  const Desk desk;
  auto session = std::make_unique<client::Session>(std::vector{first.endpoint(), second.endpoint()});
  const auto spec = desk.job();
  auto job = session->apply(spec);
  REQUIRE(first.wait_until(has_a_job));
  kill(first);
  REQUIRE(second.wait_until([](const auto& record) { return record.turned_away >= 2; }));
  SECTION("by its id") {
    session->cancel(spec.id);
  }
  SECTION("with all others") {
    session->cancel_all();
  }
  SECTION("by the session's end") {
    session = nullptr;
  }
  CHECK(fault_of(std::move(job)) == Fault::cancelled);
  CHECK(desk.outputs().empty());
}

TEST_CASE("a job that was moved is cancelled where it is") {
  FakeMaster first(holds_jobs());
  const FakeMaster second(holds_jobs());
  const Desk desk;
  client::Session session({first.endpoint(), second.endpoint()});
  const auto spec = desk.job();
  auto job = session.apply(spec);
  REQUIRE(first.wait_until(has_a_job));
  kill(first);
  REQUIRE(second.wait_until(has_a_job));
  session.cancel(spec.id);
  CHECK(fault_of(std::move(job)) == Fault::cancelled);
  CHECK(second.wait_until([](const auto& record) { return record.cancelled == 1; }));
  CHECK(desk.outputs().empty());
}

TEST_CASE("all jobs of a session move together, also those that waited for their turn") {
  FakeMaster first(holds_jobs());
  const FakeMaster second(gives("the result"));
  const Desk desk;
  Moves moves;
  client::SessionOptions options;
  options.jobs_at_once = 3;
  client::Session session({first.endpoint(), second.endpoint()}, options);
  std::vector<std::future<client::JobOutcome>> jobs;
  for (int i = 0; i < 5; ++i) {
    jobs.push_back(session.apply(desk.job(std::to_string(i) + ".png"), telling(moves)));
  }
  REQUIRE(first.wait_until([](const auto& record) { return record.submitted == 3; }));
  kill(first);
  for (auto& job : jobs) job.get();
  for (int i = 0; i < 5; ++i) {
    CHECK(read_file(desk.folder.file(std::to_string(i) + ".png")) == "the result");
  }
  CHECK(second.record().sessions == 1);
  REQUIRE(moves.size() == 3);
  CHECK(moves[0].number == moves[1].number);
  CHECK(moves[0].number == moves[2].number);
}

TEST_CASE("each loss has a number of its own") {
  FakeMaster first(holds_jobs());
  FakeMaster second(holds_jobs());
  const FakeMaster third({});
  const Desk desk;
  Moves moves;
  client::Session session({first.endpoint(), second.endpoint(), third.endpoint()});
  auto job = session.apply(desk.job(), telling(moves));
  REQUIRE(first.wait_until(has_a_job));
  kill(first);
  REQUIRE(second.wait_until(has_a_job));
  kill(second);
  CHECK(job.get().masters.size() == 3);
  REQUIRE(moves.size() == 2);
  CHECK(moves[0].number < moves[1].number);
}

TEST_CASE("a job that loses every master that it comes to is given up") {
  FakeMaster master(holds_jobs());
  const Desk desk;
  client::SessionOptions options;
  options.moves = 3;
  client::Session session({master.endpoint()}, options);
  auto job = session.apply(desk.job());
  for (unsigned i = 1; i <= 4; ++i) {
    REQUIRE(master.wait_until([i](const auto& record) { return record.submitted == i; }));
    master.drop_connections();
  }
  std::string text;
  CHECK(fault_of(std::move(job), &text) == Fault::unreachable);
  CHECK_THAT(text, Contains("lost 4 masters") && Contains("nothing was stored"));
  CHECK(desk.outputs().empty());
}

TEST_CASE("a call on a lost link is made once more on a fresh one") {
  FakeBehaviour behaviour;
  behaviour.holds_calls = true;
  FakeMaster first(behaviour);
  const auto called = [](const auto& record) { return record.calls == 2; };
  SECTION("and answered there") {
    const FakeMaster second({});
    client::Session session({first.endpoint(), second.endpoint()});
    auto filters = session.filters();
    auto status = session.status();
    REQUIRE(first.wait_until(called));
    kill(first);
    CHECK(filters.get().plugins.empty());
    CHECK(status.get().workers.size() == 1);
    CHECK(second.record().sessions == 1);
  }
  SECTION("but no more than once") {
    FakeMaster second(behaviour);
    client::Session session({first.endpoint(), second.endpoint()});
    auto filters = session.filters();
    auto status = session.status();
    REQUIRE(first.wait_until(called));
    kill(first);
    REQUIRE(second.wait_until(called));
    kill(second);
    std::string text;
    CHECK(fault_of(std::move(filters), &text) == Fault::unreachable);
    CHECK_THAT(text, Contains("the connection to the master at " + second.endpoint().text() + " was lost"));
    CHECK(fault_of(std::move(status)) == Fault::unreachable);
  }
}
