// The session library against a master that behaves, and against masters that don't.
#include <chrono>
#include <fstream>
#include <future>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/session/session.h"
#include "tests/support/fake_master.h"
#include "tests/unit/client/session_desk.h"

using namespace tilework;
using test::Desk;
using test::FakeBehaviour;
using test::FakeMaster;
using test::fault_of;
using test::read_file;

TEST_CASE("a job is uploaded, told of, and stored where it was asked for") {
  FakeBehaviour behaviour;
  behaviour.notes = {"only the first of 12 frames was used"};
  behaviour.progress = {{JobState::running, 1, 2, 3}, {JobState::done, 2, 2, 3}};
  const FakeMaster master(behaviour);
  const Desk desk;
  std::vector<JobProgress> told;
  std::uint64_t uploaded = 0;
  std::uint64_t downloaded = 0;
  client::Session session({master.endpoint()});
  const auto outcome = session
                           .apply(desk.job(), {[&](auto bytes, auto) { uploaded = bytes; },
                                               [&](const auto& progress) { told.push_back(progress); },
                                               [&](auto bytes, auto) { downloaded = bytes; }})
                           .get();
  CHECK(read_file(desk.folder.file("out.png")) == "the result");
  CHECK(desk.outputs() == std::vector<std::string>{"out.png"});
  CHECK(outcome.result.notes == behaviour.notes);
  CHECK(uploaded == 8);
  CHECK(downloaded == 10);
  CHECK(told == std::vector<JobProgress>{{}, behaviour.progress[0], behaviour.progress[1]});
  const auto record = master.record();
  CHECK(record.image == "an image");
  CHECK(record.image_name == "in.jpg");
  CHECK(record.recipe == desk.job().recipe);
  CHECK(record.format == "png");
  CHECK(record.jpeg_quality == 80);
  CHECK(record.chroma == "4:2:0");
  CHECK(record.compression == "zstd");
  CHECK(record.lossless);
}

TEST_CASE("an output follows the umask, and replaces what was there") {
  const FakeMaster master({});
  const Desk desk;
  std::ofstream(desk.folder.file("out.png")) << "something much older and longer";
  client::Session session({master.endpoint()});
  const auto mask = ::umask(027);
  session.apply(desk.job()).get();
  ::umask(mask);
  CHECK(read_file(desk.folder.file("out.png")) == "the result");
  struct stat status {};
  REQUIRE(::stat(desk.folder.file("out.png").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0640);
}

TEST_CASE("an output that is a symbolic link stays one") {
  const FakeMaster master({});
  const Desk desk;
  std::ofstream(desk.folder.file("real.png")) << "old";
  std::filesystem::create_symlink("real.png", desk.folder.file("out.png"));
  client::Session session({master.endpoint()});
  session.apply(desk.job()).get();
  CHECK(std::filesystem::is_symlink(desk.folder.file("out.png")));
  CHECK(read_file(desk.folder.file("real.png")) == "the result");
}

TEST_CASE("an output that is a link to nothing yet stays a link, and its target is made") {
  const FakeMaster master({});
  const Desk desk;
  std::filesystem::create_directory(desk.folder.file("far"));
  std::filesystem::create_symlink("far/second.png", desk.folder.file("out.png"));
  std::filesystem::create_symlink("real.png", desk.folder.file("far/second.png"));
  client::Session session({master.endpoint()});
  session.apply(desk.job()).get();
  CHECK(std::filesystem::is_symlink(desk.folder.file("out.png")));
  CHECK(std::filesystem::is_symlink(desk.folder.file("far/second.png")));
  CHECK(read_file(desk.folder.file("far/real.png")) == "the result");
}

TEST_CASE("a result goes into a file that is open, and nowhere else") {
  const FakeMaster master({});
  const Desk desk;
  const int file = ::open(desk.folder.path().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  REQUIRE(::write(file, "something longer than it", 24) == 24);
  client::Session session({master.endpoint()});
  auto job = desk.job();
  job.output_file = file;
  session.apply(job).get();
  CHECK(desk.outputs().empty());
  std::string stored(64, '\0');
  stored.resize(static_cast<std::size_t>(::pread(file, stored.data(), stored.size(), 0)));
  CHECK(stored == "the result");
  ::close(file);
}

TEST_CASE("what the master refuses reaches the caller as it was said, and leaves nothing") {
  const auto fails = [](const FakeBehaviour& behaviour, Fault fault, const std::string& text) {
    const FakeMaster master(behaviour);
    const Desk desk;
    client::Session session({master.endpoint()});
    std::string said;
    CHECK(fault_of(session.apply(desk.job()), &said) == fault);
    CHECK(said == text);
    CHECK(desk.outputs().empty());
  };
  FakeBehaviour behaviour;
  SECTION("at the upload") {
    behaviour.upload_error = UserError("the file is too large");
    fails(behaviour, Fault::user, "the file is too large");
  }
  SECTION("at the submission") {
    behaviour.submit_error = UserError("no such filter");
    fails(behaviour, Fault::user, "no such filter");
  }
  SECTION("while it runs") {
    behaviour.job_error = Error(Fault::failed, "blur crashed");
    fails(behaviour, Fault::failed, "blur crashed");
  }
}

TEST_CASE("a master that lies about the result's size is found out") {
  FakeBehaviour behaviour;
  SECTION("more than it sends") {
    behaviour.announced = 11;
  }
  SECTION("less than it sends") {
    behaviour.announced = 9;
  }
  SECTION("nothing at all") {
    behaviour.announced = 0;
    behaviour.file = "";
  }
  SECTION("no end of the file") {
    behaviour.ends_file = false;
  }
  const FakeMaster master(behaviour);
  const Desk desk;
  std::ofstream(desk.folder.file("out.png")) << "old";
  client::Session session({master.endpoint()});
  CHECK(fault_of(session.apply(desk.job())) == Fault::failed);
  CHECK(read_file(desk.folder.file("out.png")) == "old");
}

TEST_CASE("a job that is cancelled ends on the master too, and the others go on") {
  FakeBehaviour behaviour;
  behaviour.holds_jobs = true;
  FakeMaster master(behaviour);
  const Desk desk;
  client::Session session({master.endpoint()});
  const auto first = desk.job("first.png");
  auto cancelled = session.apply(first);
  auto other = session.apply(desk.job("other.png"));
  REQUIRE(master.wait_until([](const auto& record) { return record.submitted == 2; }));
  session.cancel(first.id);
  CHECK(fault_of(std::move(cancelled)) == Fault::cancelled);
  CHECK(master.wait_until([](const auto& record) { return record.cancelled == 1; }));
  session.cancel("nobody's id");
  master.release();
  other.get();
  CHECK(desk.outputs() == std::vector<std::string>{"other.png"});
}

TEST_CASE("only so many jobs are under way at a time") {
  FakeBehaviour behaviour;
  behaviour.holds_jobs = true;
  FakeMaster master(behaviour);
  const Desk desk;
  client::SessionOptions options;
  options.jobs_at_once = 2;
  client::Session session({master.endpoint()}, options);
  std::vector<std::future<client::JobOutcome>> jobs;
  for (int i = 0; i < 6; ++i) jobs.push_back(session.apply(desk.job(std::to_string(i) + ".png")));
  REQUIRE(master.wait_until([](const auto& record) { return record.submitted == 2; }));
  master.release();
  for (auto& job : jobs) job.get();
  CHECK(master.record().submitted == 6);
  CHECK(master.record().most_running == 2);
}

TEST_CASE("all that is under way can be cancelled, and a session ends in the middle of jobs") {
  FakeBehaviour behaviour;
  behaviour.holds_jobs = true;
  FakeMaster master(behaviour);
  const Desk desk;
  std::vector<std::future<client::JobOutcome>> jobs;
  {
    client::SessionOptions options;
    options.jobs_at_once = 2;
    client::Session session({master.endpoint()}, options);
    for (int i = 0; i < 4; ++i) jobs.push_back(session.apply(desk.job(std::to_string(i) + ".png")));
    REQUIRE(master.wait_until([](const auto& record) { return record.submitted == 2; }));
    SECTION("by a call") {
      session.cancel_all();
    }
    SECTION("by the session's end") {}
  }
  for (auto& job : jobs) CHECK(fault_of(std::move(job)) == Fault::cancelled);
  CHECK(desk.outputs().empty());
}

TEST_CASE("an input that can't be read, and a folder that can't be written to, are the user's") {
  const FakeMaster master({});
  const Desk desk;
  client::Session session({master.endpoint()});
  auto job = desk.job();
  std::string text;
  SECTION("input") {
    job.input = desk.folder.file("missing.jpg");
    CHECK(fault_of(session.apply(job), &text) == Fault::user);
    CHECK_THAT(text, Catch::StartsWith("in.jpg: there is no such file"));
  }
  SECTION("output") {
    job.output = desk.folder.file("missing/out.png");
    CHECK(fault_of(session.apply(job), &text) == Fault::user);
    CHECK(text.find("missing/out.png can't be written") != std::string::npos);
  }
  SECTION("a long name") {
    job.output = desk.folder.file(std::string(300, 'x') + ".png");
    CHECK(fault_of(session.apply(job), &text) == Fault::user);
    CHECK_THAT(text, Catch::Contains("File name too long"));
  }
  SECTION("a folder in its place") {
    job.output = desk.folder.path();
    CHECK(fault_of(session.apply(job), &text) == Fault::user);
    CHECK_THAT(text, Catch::Contains("it is a folder"));
  }
  SECTION("links in a circle") {
    std::filesystem::create_symlink("b.png", desk.folder.file("a.png"));
    std::filesystem::create_symlink("a.png", desk.folder.file("b.png"));
    job.output = desk.folder.file("a.png");
    CHECK(fault_of(session.apply(job), &text) == Fault::user);
    CHECK_THAT(text, Catch::Contains("symbolic links"));
  }
  CHECK(master.record().uploads_begun == 0);
}
